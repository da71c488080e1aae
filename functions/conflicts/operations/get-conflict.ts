import { Problem } from '../../shared/errors.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Conflict } from '../contract.ts';
import { mayReadConflict } from '../reading.ts';
import type { Store } from '../store.ts';

/** One conflict. One that the reader may not see is answered like one that does not exist. */
export async function getConflict(store: Pick<Store, 'conflict'>, id: string, reader: Actor): Promise<Conflict> {
  const conflict = await store.conflict(id);
  if (conflict && mayReadConflict(conflict, reader)) return conflict;
  throw new Problem('NotFound', `There is no conflict ${id}.`);
}
