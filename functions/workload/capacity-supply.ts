import { onLatest, raced } from '../shared/again.ts';
import type { Clock } from '../shared/clock.ts';
import type { Commit } from '../shared/commit.ts';
import type { Trace } from '../shared/trace.ts';
import { countedNext, supplyMoves } from './capacity-model.ts';
import type { Supplies } from './capacity-store.ts';

type Deps = { supplies: Pick<Supplies, 'standing' | 'counting'>; commit: Commit; now: Clock };

/**
 * Counts an agent in the supply as what it is now; to be called after whatever changed its load record. It goes by what the
 * agent was counted as, not by what changed, so that a repetition, or one that broke off, counts nothing twice.
 */
export const followSupply = (deps: Deps, agent: string, trace: Trace): Promise<void> =>
  onLatest(async () => {
    const { load, counted } = await deps.supplies.standing(agent);
    const next = load && countedNext(counted, load);
    if (!next) return;
    const writes = await deps.supplies.counting(next, supplyMoves(counted, next));
    const context = { actor: 'orchestra_workload', now: deps.now(), trace };
    await raced(deps.commit({ writes, entries: [] }, context));
  });
