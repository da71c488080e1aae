import type { Call } from '../../shared/serve.ts';
import { activation } from '../changes.ts';
import type { ActivePolicies, routes } from '../contract.ts';
import { found, requireGovernor, ruled } from '../guards.ts';
import { decideActivation } from '../lifecycle-model.ts';
import { commitMandated, mandateOf } from '../mandates.ts';
import type { Decisions } from '../ports.ts';
import type { PoliciesStore } from '../store.ts';

/** Puts a version in force that was simulated lately, by a decision of two people that serves for this once. */
export async function activatePolicies(
  deps: { store: PoliciesStore; decisions: Decisions },
  call: Call<(typeof routes)['activatePolicies']>,
): Promise<ActivePolicies> {
  const { actor, now, body } = call;
  const { version, decision_id } = body;
  requireGovernor(actor);
  const wanted = { type: 'policy_change', resource: { type: 'policy_version', id: String(version) } };
  const [{ active, label }, simulated, mandate] = await Promise.all([
    deps.store.activeAnd(version),
    deps.store.simulated(version),
    mandateOf(deps, decision_id, wanted, now),
  ]);
  const before = found(active, 'policy version in force');
  const asked = { before, label: found(label, `version ${version}`), simulated, mandateFault: mandate.fault };
  const next = ruled(decideActivation({ ...asked, by: actor.id, now }));
  const why = `Decision ${decision_id}; simulation ${simulated?.simulation_id}.`;
  const use = `policy_version/${version}`;
  return commitMandated(call.commit, activation(next, before, why), { ...mandate, use }, next);
}
