import type { Commit } from '../../shared/commit.ts';
import { Problem } from '../../shared/errors.ts';
import { continueTrace } from '../../shared/trace.ts';
import { policiesActor, resumption } from '../changes.ts';
import { expired } from '../lifecycle-model.ts';
import type { PoliciesStore } from '../store.ts';

/**
 * Enters that an observation has ended. It ended by its time, whether or not this runs: this is so that it is known.
 * @returns whether there was one to enter
 */
export async function expireObservation(
  deps: { store: Pick<PoliciesStore, 'active'>; commit: Commit },
  now: Date,
): Promise<boolean> {
  const before = await deps.store.active();
  const next = before && expired(before, now);
  if (!before || !next) return false;
  const change = resumption(
    next,
    before,
    policiesActor,
    `The time of the observation ended at ${before.observe_until}.`,
  );
  try {
    await deps.commit(change, { actor: policiesActor, now, trace: continueTrace(undefined) });
    return true;
  } catch (error) {
    // Somebody changed the pointer meanwhile; what it says now is looked at by the next run.
    if (error instanceof Problem && error.code === 'VersionConflict') return false;
    throw error;
  }
}
