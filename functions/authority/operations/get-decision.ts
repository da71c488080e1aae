import { Problem } from '../../shared/errors.ts';
import { type Actor, mayRead } from '../../shared/principal.ts';
import type { Decision } from '../contract.ts';
import type { Approvals } from '../ports.ts';
import type { Authority } from '../store.ts';

type Deps = { store: Authority; approvals: Pick<Approvals, 'of'> };

/** One decision, with how its escalation stands now. One that the reader may not see is answered like one that does not exist. */
export async function getDecision(deps: Deps, id: string, reader: Actor): Promise<Decision> {
  const decision = await deps.store.decision(id);
  if (!decision || !mayRead(decision, reader)) throw new Problem('NotFound', `There is no decision ${id}.`);
  if (decision.verdict !== 'escalated' || decision.escalation_id === null) return decision;
  const granted = await deps.approvals.of(decision.escalation_id);
  if (!granted) return decision;
  const { state, reason, expires_at } = granted;
  return { ...decision, approval: { state, reason, expires_at } };
}
