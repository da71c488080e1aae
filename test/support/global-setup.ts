import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startLocalCloud } from '../../bin/local/cloud.ts';
import { invitePeople } from '../../bin/local/client.ts';
import { deployApp, type StackOutputs } from '../../bin/local/deploy.ts';
import { pythonEnvironment } from '../../bin/local/python.ts';
import type { Person } from '../../bin/local/people.ts';
import { type Issuer, startIssuer } from './issuers.ts';
import { clouds } from './clouds.ts';
import { startPrism } from './prism.ts';

/** What every integration test finds: a deployed control plane on a cloud that no other test uses meanwhile. */
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
    deployments: Deployment[];
  }
}

const dir = join(import.meta.dirname, '..', '..', '.local');

/** So high that no test runs into it; the limit itself is tested with one of its own. */
const rateLimit = 100_000;

type Running = { deployment: Deployment; stop: () => Promise<void> };
type Shared = { running: Promise<Running[]>; users: number };
/** Each project loads this file for itself; what it starts is one for all of them. */
const holder = globalThis as { orchestraClouds?: Shared };

/** Starts the local clouds and deploys the control plane on each, once for all integration tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (holder.orchestraClouds ??= { running: startAll(), users: 0 });
  shared.users += 1;
  const running = await shared.running;
  project.provide(
    'deployments',
    running.map(({ deployment }) => deployment),
  );
  return async () => {
    shared.users -= 1;
    if (shared.users === 0) await Promise.all(running.map(({ stop }) => stop()));
  };
}

async function startAll(): Promise<Running[]> {
  mkdirSync(dir, { recursive: true });
  // Made once, not by each of the clouds at the same time.
  await pythonEnvironment(dir, console.log);
  const started = await Promise.allSettled(Array.from({ length: clouds }, (_, at) => startOne(at + 1)));
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = started.find((one) => one.status === 'rejected');
  if (failed === undefined) return running;
  await Promise.all(running.map(({ stop }) => stop()));
  throw failed.reason;
}

/** Starts a local cloud and two issuers, and deploys the control plane there. */
async function startOne(number: number): Promise<Running> {
  const began = Date.now();
  const say = (line: string): void =>
    console.log(`[cloud ${number}, ${((Date.now() - began) / 1000).toFixed(0)} s] ${line}`);
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
    const deployment = {
      endpoint: cloud.endpoint,
      cloudEnv: { ...cloud.env },
      callsFile: cloud.callsFile,
      logFile: cloud.logFile,
      outputs,
      people: await invitePeople(cloud, outputs),
      proxyUrl: prism.url,
      trustedIssuer: { issuer: trusted.issuer, key: trusted.key },
      strangeIssuer: { issuer: strange.issuer, key: strange.key },
    };
    return { deployment, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
