import { readEnv } from '../shared/env.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { routes } from './contract.ts';
import { PoliciesApiEnv } from './env.ts';
import { getPolicySet } from './operations/get-policy-set.ts';
import { POLICY_SCHEMA } from './schema.ts';
import { policiesStore } from './store.ts';

/** The slice's handler on a given runtime. */
export function policiesApi(runtime: Runtime) {
  const deps = { store: policiesStore(runtime.state) };
  return serve(
    'policies',
    routes,
    {
      getActivePolicies: () => getPolicySet(deps),
      getPolicyVersion: ({ params }) => getPolicySet(deps, params.version),
      getPolicySchema: async () => ({ kind: 'text', contentType: 'text/plain; charset=utf-8', text: POLICY_SCHEMA }),
      // Cedar is loaded when somebody validates; reading policies does not wait for it.
      validatePolicies: async ({ body }) => (await import('./validation.ts')).validatePolicySet(body.policies),
    },
    runtime,
  );
}

export const handler = policiesApi(runtimeFrom(readEnv(PoliciesApiEnv)));
