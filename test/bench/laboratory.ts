import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type LocalCloud, startLocalCloud } from '../../bin/local/cloud.ts';
import { deployApp } from '../../bin/local/deploy.ts';
import { type Issuer, startIssuer } from '../support/issuers.ts';
import { type Deployable, functionsIn, synthesize } from './assembly.ts';
import { makeWorld, type World } from './worlds.ts';

type Env = Record<string, string>;

/** Where everything is measured: the real app, deployed to a local cloud of its own. */
export type Laboratory = {
  cloud: LocalCloud;
  functions: readonly Deployable[];
  /** Trusted by the deployment; mints any token. */
  issuer: Issuer;
  /** Environment of a function, as it was deployed. */
  envOf: (label: string) => Promise<Env>;
  /** Tables with so many agents and entries; made when first asked for. */
  world: (size: number) => Promise<World>;
  stop: () => Promise<void>;
};

const home = join(import.meta.dirname, '..', '..', '.local');

/** Starts a cloud and deploys the app there. Its endpoint and credentials become those of this process. */
export async function openLaboratory(log: (line: string) => void): Promise<Laboratory> {
  mkdirSync(home, { recursive: true });
  const assembly = mkdtempSync(join(home, 'bench-'));
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
    const worlds = new Map<number, Promise<World>>();
    const world = (size: number): Promise<World> => {
      const made = worlds.get(size) ?? makeNamed(size, envOf, log);
      worlds.set(size, made);
      return made;
    };
    return { cloud, functions, issuer, envOf, world, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeNamed(size: number, envOf: (label: string) => Promise<Env>, log: (line: string) => void) {
  log(`Loading ${size.toLocaleString('en-US')} agents and ledger entries`);
  const { STATE_TABLE = '', LEDGER_TABLE = '', LEDGER_SHARDS = '' } = await envOf('authority-api');
  return makeWorld(size, { STATE_TABLE, LEDGER_TABLE, LEDGER_SHARDS });
}

async function deployedEnv(functions: readonly Deployable[], label: string): Promise<Env> {
  const found = functions.find((one) => one.label === label);
  if (!found) throw new Error(`no function ${label} among ${functions.map((one) => one.label).join(', ')}`);
  const lambda = new LambdaClient({});
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: found.functionName }));
  return Environment?.Variables ?? {};
}
