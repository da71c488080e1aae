import { approvalsOf } from '../approvals/approvals-of.ts';
import { limitsPort } from '../limits/port.ts';
import { activePolicies } from '../policies/active.ts';
import { dataSubjects, dataSubjectSettings } from '../shared/data-subjects.ts';
import { readEnv } from '../shared/env.ts';
import { Problem } from '../shared/errors.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { type Decision, routes } from './contract.ts';
import { AuthorityApiEnv } from './env.ts';
import { changeMatrix } from './operations/change-matrix.ts';
import { getDecision } from './operations/get-decision.ts';
import { proposeDecision } from './operations/propose-decision.ts';
import { recordOutcome } from './operations/record-outcome.ts';
import { redeemApproval } from './operations/redeem-approval.ts';
import { openDecision } from './personal.ts';
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
  const subjects = dataSubjects(runtime, dataSubjectSettings(env));
  const limits = limitsPort(runtime);
  const deps = { store, receipts, policies, approvals, limits, subjects, outcomeDueHours: env.OUTCOME_DUE_HOURS };
  // What is remembered of an answer is sealed, like everything that is stored.
  const reopen = (remembered: Decision): Promise<Decision> => openDecision(subjects, remembered);
  return serve(
    'authority',
    routes,
    {
      proposeDecision: {
        load: (caller) => [keys.matrix(), policies.activeKey, ...limits.keysFor(caller)],
        run: (call, loaded) => proposeDecision(deps, call, loaded),
        reopen,
      },
      getDecision: ({ params, actor }) => getDecision(deps, params.id, actor),
      recordOutcome: { run: (call) => recordOutcome(deps, call), reopen },
      redeemApproval: {
        load: (caller) => [keys.matrix(), policies.activeKey, ...limits.keysFor(caller)],
        run: (call, loaded) => redeemApproval(deps, call, loaded),
        reopen,
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
