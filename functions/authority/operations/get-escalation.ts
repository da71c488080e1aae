import { Problem } from '../../shared/errors.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Escalation } from '../contract.ts';
import { mayRead } from '../model.ts';
import type { Authority } from '../store.ts';

/** One escalation. One that the reader may not see is answered like one that does not exist. */
export async function getEscalation(deps: { store: Authority }, id: string, reader: Actor): Promise<Escalation> {
  const escalation = await deps.store.escalation(id);
  const record = escalation && { proposed_by: escalation.requested_by, domain: escalation.domain };
  if (!escalation || !record || !mayRead(record, reader)) {
    throw new Problem('NotFound', `There is no escalation ${id}.`);
  }
  return escalation;
}
