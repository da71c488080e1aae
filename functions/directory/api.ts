import { readEnv } from '../shared/env.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { bindings } from './bindings.ts';
import { routes } from './contract.ts';
import { DirectoryApiEnv } from './env.ts';
import { directoryStore } from './questions.ts';

/** The slice's handler on a given runtime. */
export function directoryApi(provisioned: readonly string[], runtime: Runtime) {
  const deps = { ...runtime, directory: directoryStore(runtime.state), provisioned };
  return serve('directory', routes, bindings(deps), runtime);
}

const env = readEnv(DirectoryApiEnv);
export const handler = directoryApi(env.DOMAINS, runtimeFrom(env));
