import type { Item, Key, Table } from '../shared/dynamo.ts';
import type { PolicyRequest, PolicyVerdict } from './contract.ts';
import { type Evaluator, loadEvaluator, type PolicyEngine } from './evaluator.ts';
import { asItBinds } from './lifecycle-model.ts';
import { refusal } from './model.ts';
import { activeFrom, keys, type PoliciesStore, policiesStore } from './store.ts';

export type ActiveEvaluation = {
  activeKey: Key;
  evaluate: (active: Item | undefined, request: PolicyRequest) => Promise<PolicyVerdict>;
};

/**
 * Evaluates requests by the version that the pointer names. A version is read and parsed once per process; without a
 * pointer, without its version, or with one that does not load, every request is denied. While the policies are observed,
 * the verdict says that it does not bind.
 * @param engine Cedar, unless a test puts another one in its place
 */
export function activePolicies(table: Table, engine?: PolicyEngine): ActiveEvaluation {
  const store: PoliciesStore = policiesStore(table);
  let loaded: { version: number; evaluator: Evaluator } | undefined;
  return {
    activeKey: keys.active(),
    evaluate: async (active, request) => {
      const pointer = activeFrom(active);
      if (!pointer) return refusal(0, ['no policy version is in force']);
      if (loaded?.version !== pointer.policy_version) {
        const set = await store.version(pointer.policy_version);
        if (set?.digest !== pointer.digest) {
          return refusal(pointer.policy_version, ['the policy version in force cannot be read']);
        }
        loaded = { version: set.version, evaluator: loadEvaluator(set, engine) };
      }
      return asItBinds(loaded.evaluator.evaluate(request), pointer, new Date(request.context.now));
    },
  };
}
