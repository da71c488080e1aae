import type * as z from 'zod';
import { readEnv } from '../shared/env.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { bindings } from './bindings.ts';
import { routes } from './contract.ts';
import { DirectoryApiEnv } from './env.ts';
import { presenceStore } from './presence-store.ts';
import { directoryStore } from './questions.ts';

type Settings = Pick<z.output<typeof DirectoryApiEnv>, 'DOMAINS' | 'HEARTBEAT_SECONDS'>;

/** The slice's handler on a given runtime. */
export function directoryApi({ DOMAINS, HEARTBEAT_SECONDS }: Settings, runtime: Runtime) {
  const deps = {
    ...runtime,
    directory: directoryStore(runtime.state),
    presences: presenceStore(runtime.state),
    provisioned: DOMAINS,
    heartbeatSeconds: HEARTBEAT_SECONDS,
  };
  return serve('directory', routes, bindings(deps), runtime);
}

const env = readEnv(DirectoryApiEnv);
export const handler = directoryApi(env, runtimeFrom(env));
