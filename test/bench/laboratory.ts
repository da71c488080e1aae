import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type LocalCloud, startLocalCloud } from '../../bin/local/cloud.ts';
import { deployApp } from '../../bin/local/deploy.ts';
import type { Item } from '../../functions/shared/dynamo.ts';
import { type Issuer, startIssuer } from '../support/issuers.ts';
import { type Deployable, functionsIn, synthesize } from './assembly.ts';
import { manyPolicies, starterPack } from './policies.ts';
import { type Deployed, makeWorld, type World } from './worlds.ts';

type Env = Record<string, string>;

/** Where everything is measured: the real app, deployed to a local cloud of its own. */
export type Laboratory = {
  cloud: LocalCloud;
  functions: readonly Deployable[];
  /** Trusted by the deployment; mints any token. */
  issuer: Issuer;
  /** Environment of a function, as it was deployed. */
  envOf: (label: string) => Promise<Env>;
  /** Tables with so many agents and entries, and 50 policies; made when first asked for. */
  world: (size: number) => Promise<World>;
  /** Tables as a deployment leaves them, with a small organization and whatever else is given. */
  freshWorld: (name?: string, more?: Iterable<Item>) => Promise<World>;
  stop: () => Promise<void>;
};

const home = join(import.meta.dirname, '..', '..', '.local');

/** Starts a cloud and deploys the app there. Its endpoint and credentials become those of this process. */
export async function openLaboratory(log: (line: string) => void): Promise<Laboratory> {
  mkdirSync(home, { recursive: true });
  const assembly = mkdtempSync(join(tmpdir(), 'orchestra-bench-'));
  const issuer = await startIssuer();
  const cloud = await startLocalCloud({ dir: home, log });
  const stop = async (): Promise<void> => {
    await Promise.all([cloud.stop(), issuer.stop()]);
    rmSync(assembly, { recursive: true, force: true });
  };
  try {
    Object.assign(process.env, cloud.env);
    log('Synthesizing and deploying the app');
    const oidc = [{ issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/jwks`, audience: 'orchestra' }];
    const context = { env: 'local', cognito_jwks_base: cloud.endpoint, oidc: JSON.stringify(oidc) };
    await synthesize(assembly, context);
    await deployApp(cloud, { assembly, context: {} });
    const functions = functionsIn(assembly);
    const envOf = (label: string): Promise<Env> => deployedEnv(functions, label);
    const deployed = (await envOf('authority-api')) as Deployed;
    const worlds = new Map<number, Promise<World>>();
    const world = (size: number): Promise<World> => {
      const made = worlds.get(size) ?? makeWorld(`${size}`, { size, policyFiles: manyPolicies(), deployed });
      worlds.set(size, made);
      return made;
    };
    const freshWorld: Laboratory['freshWorld'] = (name = 'fresh', more = []) =>
      makeWorld(name, { size: 10, policyFiles: starterPack(), deployed, more });
    return { cloud, functions, issuer, envOf, world, freshWorld, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function deployedEnv(functions: readonly Deployable[], label: string): Promise<Env> {
  const found = functions.find((one) => one.label === label);
  if (!found) throw new Error(`no function ${label} among ${functions.map((one) => one.label).join(', ')}`);
  const lambda = new LambdaClient({});
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: found.functionName }));
  return Environment?.Variables ?? {};
}
