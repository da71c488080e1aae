import type { Commit } from '../../shared/commit.ts';
import { Problem } from '../../shared/errors.ts';
import { continueTrace } from '../../shared/trace.ts';
import { policiesActor } from '../changes.ts';
import type { Simulation } from '../contract.ts';
import { failure } from '../simulation-changes.ts';
import { failed, isStalled } from '../simulation-model.ts';
import type { PoliciesStore } from '../store.ts';

type Deps = { store: Pick<PoliciesStore, 'simulation' | 'running'>; commit: Commit };

/**
 * Records that a simulation failed, with what it had found so far; one that has ended is left as it is.
 * @returns the simulation as it is then; undefined when there is none
 */
export async function failSimulation(
  deps: Pick<Deps, 'commit'> & { store: Pick<PoliciesStore, 'simulation'> },
  id: string,
  why: string,
  now: Date,
): Promise<Simulation | undefined> {
  const stored = await deps.store.simulation(id);
  if (!stored || stored.simulation.state !== 'running') return stored?.simulation;
  const next = failed(stored.simulation, why.slice(0, 500), stored.progress.tally, now);
  try {
    await deps.commit(failure(next), { actor: policiesActor, now, trace: continueTrace(undefined) });
    return next;
  } catch (error) {
    // It ended between the read and the write.
    if (!(error instanceof Problem) || error.code !== 'VersionConflict') throw error;
    return (await deps.store.simulation(id))?.simulation;
  }
}

const atOnce = 50;

/**
 * Fails the simulations of which nothing was heard for longer than any page takes.
 * @returns how many
 */
export async function failStalled(deps: Deps, now: Date): Promise<number> {
  let count = 0;
  for (const { id } of await deps.store.running(atOnce)) {
    const stored = await deps.store.simulation(id);
    if (!stored || !isStalled(stored.progress, now)) continue;
    await failSimulation(deps, id, 'Nothing was heard of its execution for half an hour.', now);
    count += 1;
  }
  return count;
}
