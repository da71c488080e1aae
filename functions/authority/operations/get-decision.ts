import type { DataSubjects } from '../../shared/data-subjects.ts';
import { Problem } from '../../shared/errors.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Decision } from '../contract.ts';
import { mayRead } from '../model.ts';
import { openDecision } from '../personal.ts';
import type { Authority } from '../store.ts';

type Deps = { store: Authority; subjects: Pick<DataSubjects, 'opener'> };

/** One decision. One that the reader may not see is answered like one that does not exist. */
export const getDecision = async ({ store, subjects }: Deps, id: string, reader: Actor): Promise<Decision> =>
  openDecision(subjects, await readable(store, id, reader));

/** A decision as it is stored, if the reader may see it. */
export async function readable(store: Authority, id: string, reader: Actor): Promise<Decision> {
  const decision = await store.decision(id);
  if (!decision || !mayRead(decision, reader)) throw new Problem('NotFound', `There is no decision ${id}.`);
  return decision;
}
