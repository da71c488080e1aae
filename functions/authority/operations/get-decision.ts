import { Problem } from '../../shared/errors.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Decision } from '../contract.ts';
import { mayRead } from '../model.ts';
import type { Authority } from '../store.ts';

/** One decision. One that the reader may not see is answered like one that does not exist. */
export async function getDecision(deps: { store: Authority }, id: string, reader: Actor): Promise<Decision> {
  const decision = await deps.store.decision(id);
  if (!decision || !mayRead(decision, reader)) throw new Problem('NotFound', `There is no decision ${id}.`);
  return decision;
}
