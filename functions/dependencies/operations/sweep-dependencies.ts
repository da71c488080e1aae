import { inParallel } from '../../shared/in-parallel.ts';
import { logger } from '../../shared/telemetry.ts';
import { continueTrace } from '../../shared/trace.ts';
import type { What } from '../model.ts';
import type { Deps } from '../ports.ts';
import { followDependency } from './follow-dependency.ts';

const perShard = 250;
const atOnce = 16;

/**
 * Looks at every dependency that time may have changed; a full sweep leaves more for the next one. One that cannot be
 * followed keeps no other from it.
 * @returns what happened, and how many could not be followed
 */
export async function sweepDependencies(deps: Deps, now: Date): Promise<{ happened: What[]; failed: number }> {
  let failed = 0;
  const happened = await inParallel(await deps.store.due(now, perShard), atOnce, async (id) => {
    try {
      return await followDependency(deps, id, { now, trace: continueTrace(undefined) });
    } catch (error) {
      failed += 1;
      logger.error('dependency not followed', { dependency_id: id, error: error as Error });
      return [];
    }
  });
  return { happened: happened.flat(), failed };
}
