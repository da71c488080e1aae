import type { DataSubjects } from '../../shared/data-subjects.ts';
import { Problem } from '../../shared/errors.ts';
import { type Actor, mayRead } from '../../shared/principal.ts';
import type { Decision } from '../contract.ts';
import { openDecision } from '../personal.ts';
import type { Approvals } from '../ports.ts';
import type { Authority } from '../store.ts';

type Stored = { store: Authority; approvals: Pick<Approvals, 'of'> };
type Deps = Stored & { subjects: Pick<DataSubjects, 'opener'> };

/** One decision. One that the reader may not see is answered like one that does not exist. */
export const getDecision = async (deps: Deps, id: string, reader: Actor): Promise<Decision> =>
  openDecision(deps.subjects, await readable(deps, id, reader));

/** A decision as it is stored, with how its escalation stands now, if the reader may see it. */
export async function readable(deps: Stored, id: string, reader: Actor): Promise<Decision> {
  const decision = await deps.store.decision(id);
  if (!decision || !mayRead(decision, reader)) throw new Problem('NotFound', `There is no decision ${id}.`);
  if (decision.verdict !== 'escalated' || decision.escalation_id === null) return decision;
  const granted = await deps.approvals.of(decision.escalation_id);
  if (!granted) return decision;
  const { state, reason, expires_at } = granted;
  return { ...decision, approval: { state, reason, expires_at } };
}
