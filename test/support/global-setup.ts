import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startLocalCloud } from '../../bin/local/cloud.ts';
import { invitePeople } from '../../bin/local/client.ts';
import { deployApp, type StackOutputs } from '../../bin/local/deploy.ts';
import type { Person } from '../../bin/local/people.ts';
import { type Issuer, startIssuer } from './issuers.ts';
import { startPrism } from './prism.ts';

/** What every integration test finds: a deployed control plane on a cloud of its own. */
export type Deployment = {
  endpoint: string;
  cloudEnv: Record<string, string>;
  callsFile: string;
  logFile: string;
  outputs: StackOutputs;
  people: Person[];
  /** The API behind the Prism proxy, which compares its answers with the OpenAPI document. */
  proxyUrl: string;
  /** An OIDC issuer that the deployment trusts, and one that it does not; both mint any token that a test asks for. */
  trustedIssuer: Issuer;
  strangeIssuer: Issuer;
};

declare module 'vitest' {
  interface ProvidedContext {
    deployment: Deployment;
  }
}

/** So high that no test runs into it; the limit itself is tested with one of its own. */
const rateLimit = 100_000;

/** Starts a local cloud and two issuers, and deploys the control plane there, once for all integration tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = join(import.meta.dirname, '..', '..', '.local');
  mkdirSync(dir, { recursive: true });
  const began = Date.now();
  const say = (line: string): void => console.log(`[${((Date.now() - began) / 1000).toFixed(0)} s] ${line}`);
  const [trusted, strange] = await Promise.all([startIssuer(), startIssuer()]);
  const cloud = await startLocalCloud({ dir, log: say });
  const running: { stop: () => Promise<void> }[] = [trusted, strange, cloud];
  const stop = async (): Promise<void> => void (await Promise.all(running.map((one) => one.stop())));
  try {
    const oidc = [{ issuer: trusted.issuer, jwks_uri: `${trusted.issuer}/jwks`, audience: 'orchestra' }];
    const context = {
      env: 'local',
      cognito_jwks_base: cloud.endpoint,
      oidc: JSON.stringify(oidc),
      rate_limit_per_minute: String(rateLimit),
    };
    say('Deploying the control plane');
    const outputs = await deployApp(cloud, { context });
    say('Deployed');
    const api = Object.values(outputs).find(({ RestApiId }) => RestApiId !== undefined)?.RestApiId;
    const prism = await startPrism(`${cloud.endpoint}/_aws/execute-api/${api}/live`);
    running.push(prism);
    project.provide('deployment', {
      endpoint: cloud.endpoint,
      cloudEnv: { ...cloud.env },
      callsFile: cloud.callsFile,
      logFile: cloud.logFile,
      outputs,
      people: await invitePeople(cloud, outputs),
      proxyUrl: prism.url,
      trustedIssuer: { issuer: trusted.issuer, key: trusted.key },
      strangeIssuer: { issuer: strange.issuer, key: strange.key },
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
