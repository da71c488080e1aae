import { approvalsOf } from '../approvals/approvals-of.ts';
import { activePolicies } from '../policies/active.ts';
import { readEnv } from '../shared/env.ts';
import { Problem } from '../shared/errors.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { routes } from './contract.ts';
import { AuthorityApiEnv } from './env.ts';
import { changeMatrix } from './operations/change-matrix.ts';
import { getDecision } from './operations/get-decision.ts';
import { proposeDecision } from './operations/propose-decision.ts';
import { recordOutcome } from './operations/record-outcome.ts';
import { redeemApproval } from './operations/redeem-approval.ts';
import type { Policies } from './ports.ts';
import { receiptSigner } from './receipts.ts';
import { authorityStore, keys } from './store.ts';

/** The slice's handler on a given runtime. */
export function authorityApi(
  env: ReturnType<typeof readEnv<typeof AuthorityApiEnv>>,
  runtime: Runtime,
  policies: Policies = activePolicies(runtime.state),
) {
  const store = authorityStore(runtime.state);
  const { RECEIPT_KEY_ID: keyId, RECEIPT_ISSUER: issuer, RECEIPT_TTL_SECONDS: ttlSeconds } = env;
  const receipts = receiptSigner({ ...runtime, store }, { keyId, issuer, ttlSeconds });
  const approvals = approvalsOf(runtime.state);
  const deps = { store, receipts, policies, approvals, outcomeDueHours: env.OUTCOME_DUE_HOURS };
  return serve(
    'authority',
    routes,
    {
      proposeDecision: {
        load: [keys.matrix(), policies.activeKey],
        run: (call, loaded) => proposeDecision(deps, call, loaded),
      },
      getDecision: ({ params, actor }) => getDecision(deps, params.id, actor),
      recordOutcome: (call) => recordOutcome(deps, call),
      redeemApproval: {
        load: [keys.matrix(), policies.activeKey],
        run: (call, loaded) => redeemApproval(deps, call, loaded),
      },
      getMatrix: async () =>
        (await store.matrix()) ?? Promise.reject(new Problem('NotFound', 'No matrix is in force.')),
      changeMatrix: (call) => changeMatrix(deps, call),
      getJwks: async ({ now }) => ({ keys: (await store.receiptKeys(now)).map(({ jwk }) => jwk as never) }),
    },
    runtime,
  );
}

const env = readEnv(AuthorityApiEnv);
export const handler = authorityApi(env, runtimeFrom(env));
