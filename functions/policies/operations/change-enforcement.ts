import { Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import { resumption, suspension } from '../changes.ts';
import type { Enforcement, routes } from '../contract.ts';
import { found, requireGovernor, requireRestorer } from '../guards.ts';
import { enforcementOf, enforcing, observing } from '../lifecycle-model.ts';
import { commitMandated, mandateOf } from '../mandates.ts';
import type { Decisions } from '../ports.ts';
import type { PoliciesStore } from '../store.ts';

type Deps = { store: PoliciesStore; decisions: Decisions };
type Change = Call<(typeof routes)['changeEnforcement']>;

/** Kind of resource that a mandate is about. */
const type = 'enforcement';

/** Leaves enforcement for some minutes by a decision of two people, or comes back to it by a call of one. */
export async function changeEnforcement(deps: Deps, call: Change): Promise<Enforcement> {
  const { body } = call;
  return body.mode === 'observe' ? observe(deps, call, body) : enforce(deps, call);
}

async function observe(
  deps: Deps,
  { actor, now, commit }: Change,
  body: Extract<Change['body'], { mode: 'observe' }>,
): Promise<Enforcement> {
  requireGovernor(actor);
  const { decision_id: decision, minutes, reason } = body;
  const id = `observe/${minutes}`;
  const mandate = await mandateOf(deps, decision, { type: 'enforcement_change', resource: { type, id } }, now);
  if (mandate.fault) throw new Problem('MandateMissing', mandate.fault);
  const before = found(await deps.store.active(), 'policy version in force');
  const next = observing(before, minutes, now);
  const change = suspension(next, before, actor.id, { decision, reason });
  return commitMandated(commit, change, { ...mandate, use: `${type}/${id}` }, enforcementOf(next, now));
}

async function enforce({ store }: Deps, { actor, now, body, commit }: Change): Promise<Enforcement> {
  requireRestorer(actor);
  const before = found(await store.active(), 'policy version in force');
  if (before.mode === 'enforce') return enforcementOf(before, now);
  const next = enforcing(before);
  return commit(resumption(next, before, actor.id, body.reason), enforcementOf(next, now));
}
