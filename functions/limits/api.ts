import { authorityStore, writes as authorityWrites } from '../authority/store.ts';
import { readEnv } from '../shared/env.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { routes } from './contract.ts';
import { LimitsApiEnv } from './env.ts';
import { getLimit } from './operations/get-limit.ts';
import { listLimits } from './operations/list-limits.ts';
import { setLimit } from './operations/set-limit.ts';
import { standingIn } from './standing.ts';
import { limitsStore } from './store.ts';

/** The slice's handler on a given runtime. */
export function limitsApi(runtime: Runtime) {
  const { state, commit, cursors } = runtime;
  const { decision } = authorityStore(state);
  const { unchanged } = authorityWrites;
  const deps = { commit, cursors, store: limitsStore(state), decision, unchanged, standing: standingIn(state) };
  return serve(
    'limits',
    routes,
    {
      listLimits: (call) => listLimits(deps, call),
      getLimit: ({ params, now }) => getLimit(deps, params, now),
      setLimit: (call) => setLimit(deps, call),
    },
    runtime,
  );
}

export const handler = limitsApi(runtimeFrom(readEnv(LimitsApiEnv)));
