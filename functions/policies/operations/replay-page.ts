import type { Commit } from '../../shared/commit.ts';
import { Problem } from '../../shared/errors.ts';
import { continueTrace } from '../../shared/trace.ts';
import { policiesActor } from '../changes.ts';
import type { Simulation } from '../contract.ts';
import type { RecordedDecisions } from '../ports.ts';
import { completion, page as pageOf } from '../simulation-changes.ts';
import { advanced, completed, type Progress, replay } from '../simulation-model.ts';
import type { PoliciesStore } from '../store.ts';
import type { Loaded } from '../versions.ts';

type Deps = {
  store: Pick<PoliciesStore, 'simulation'>;
  recorded: RecordedDecisions;
  versionOf: (version: number) => Promise<Loaded | undefined>;
  commit: Commit;
  /** Decisions of one page. */
  pageSize: number;
};

type State = Pick<Simulation, 'state'>;

/**
 * Replays the next page of a simulation. The page, its flips and where to go on are written at once, so a step that is
 * repeated, after whatever, counts no decision twice and leaves none out.
 * @throws Error when there is no such simulation
 */
export async function replayPage(deps: Deps, id: string, now: Date): Promise<State> {
  const stored = await deps.store.simulation(id);
  if (!stored) throw new Error(`there is no simulation ${id}`);
  const { simulation, progress } = stored;
  if (simulation.state !== 'running') return { state: simulation.state };
  try {
    return await replayed(deps, simulation, progress, now);
  } catch (error) {
    // Another attempt at this page was quicker, or the simulation was ended: what is stored says how to go on.
    if (!(error instanceof Problem) || error.code !== 'VersionConflict') throw error;
    return { state: (await deps.store.simulation(id))?.simulation.state ?? 'failed' };
  }
}

async function replayed(deps: Deps, simulation: Simulation, progress: Progress, now: Date): Promise<State> {
  const { id, last, against, policy_version } = simulation;
  const version = await deps.versionOf(policy_version);
  if (!version) throw new Error(`policy version ${policy_version} cannot be read`);
  const page = await deps.recorded.page(progress, Math.min(deps.pageSize, last - progress.seen));
  const { tally, flips } = replay(page.decisions, (request) => version.evaluator.evaluate(request), against);
  const { next, done } = advanced(progress, page, tally, last, now);
  const writes = pageOf(id, next, flips);
  const context = { actor: policiesActor, now, trace: continueTrace(undefined) };
  if (!done) {
    await deps.commit({ writes, entries: [] }, context);
    return { state: 'running' };
  }
  const result = completed(simulation, next.tally, now);
  await deps.commit(completion(result, writes), context);
  return { state: 'completed' };
}
