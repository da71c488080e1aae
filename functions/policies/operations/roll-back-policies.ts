import type { Call } from '../../shared/serve.ts';
import { rollback } from '../changes.ts';
import type { ActivePolicies, routes } from '../contract.ts';
import { found, requireRestorer, ruled } from '../guards.ts';
import { decideRollback } from '../lifecycle-model.ts';
import type { PoliciesStore } from '../store.ts';

/** Brings the version back that was in force before. */
export async function rollBackPolicies(
  deps: { store: PoliciesStore },
  call: Call<(typeof routes)['rollBackPolicies']>,
): Promise<ActivePolicies> {
  const { actor, now, body } = call;
  requireRestorer(actor);
  const before = found(await deps.store.active(), 'policy version in force');
  const previous = before.previous === null ? undefined : (await deps.store.activeAnd(before.previous)).label;
  const next = ruled(decideRollback(before, previous, actor.id, now));
  return call.commit(rollback(next, before, actor.id, body.reason), next);
}
