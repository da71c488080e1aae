import type { Commit } from '../../shared/commit.ts';
import { Problem } from '../../shared/errors.ts';
import { continueTrace } from '../../shared/trace.ts';
import { overdue } from '../break-glass-model.ts';
import type { Reviews } from '../break-glass-store.ts';
import { told } from '../reviews.ts';

type Deps = { reviews: Pick<Reviews, 'overdue'>; commit: Commit };

/**
 * Tells people of each review that is overdue, once a day.
 * @returns how many were told of
 */
export async function tellOfReviews(deps: Deps, now: Date): Promise<number> {
  let count = 0;
  for (const review of await deps.reviews.overdue(now, 100)) {
    const next = overdue(review, now);
    if (!next) continue;
    const context = { actor: 'orchestra_approvals', now, trace: continueTrace(undefined) };
    // It was closed, or another sweep told of it, between the read and the write.
    const done = await deps.commit(told(next), context).catch(conflict);
    if (done) count += 1;
  }
  return count;
}

const conflict = (error: unknown): undefined => {
  if (error instanceof Problem && error.code === 'VersionConflict') return undefined;
  throw error;
};
