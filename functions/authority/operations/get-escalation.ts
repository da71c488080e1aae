import type { DataSubjects } from '../../shared/data-subjects.ts';
import { Problem } from '../../shared/errors.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Escalation } from '../contract.ts';
import { mayRead } from '../model.ts';
import { openEscalations } from '../personal.ts';
import type { Authority } from '../store.ts';

type Deps = { store: Authority; subjects: Pick<DataSubjects, 'opener'> };

/** One escalation. One that the reader may not see is answered like one that does not exist. */
export async function getEscalation(deps: Deps, id: string, reader: Actor): Promise<Escalation> {
  const escalation = await deps.store.escalation(id);
  const record = escalation && { proposed_by: escalation.requested_by, domain: escalation.domain };
  if (!escalation || !record || !mayRead(record, reader)) {
    throw new Problem('NotFound', `There is no escalation ${id}.`);
  }
  const [opened = escalation] = await openEscalations(deps.subjects, [escalation]);
  return opened;
}
