import type { Commit } from '../../shared/commit.ts';
import { floorId, newIdOf } from '../../shared/ids.ts';
import type { Call } from '../../shared/serve.ts';
import { logger } from '../../shared/telemetry.ts';
import type { routes, Simulation } from '../contract.ts';
import { found, requireGovernor } from '../guards.ts';
import type { StartSimulation } from '../ports.ts';
import { start } from '../simulation-changes.ts';
import { noTally, type Progress } from '../simulation-model.ts';
import type { PoliciesStore } from '../store.ts';
import { failSimulation } from './fail-simulation.ts';

type Deps = { store: PoliciesStore; startSimulation: StartSimulation; commit: Commit };

/** Begins to replay the last recorded decisions under a version. */
export async function startSimulation(deps: Deps, call: Call<(typeof routes)['startSimulation']>): Promise<Simulation> {
  const { actor, now, params, body } = call;
  requireGovernor(actor);
  const [{ active, label }, oldest] = await Promise.all([
    deps.store.activeAnd(params.version),
    deps.store.activeAnd(1),
  ]);
  const simulation: Simulation = {
    id: newIdOf('sim'),
    version: 1,
    policy_version: found(label, `version ${params.version}`).version,
    against: found(active, 'policy version in force').policy_version,
    state: 'running',
    last: body.last,
    started_at: now.toISOString(),
    started_by: actor.id,
    finished_at: null,
    failure: null,
    ...noTally,
  };
  const since = new Date(found(oldest.label, 'version 1').created_at);
  await call.commit(start(simulation, beginning(since, now)), simulation);
  return begun(deps, simulation, now);
}

/** Nothing was judged by policies before the first version; what is recorded from now on is not replayed. */
const beginning = (since: Date, now: Date): Progress => ({
  version: 1,
  from: floorId(since),
  before: floorId(now),
  seen: 0,
  moved_at: now.toISOString(),
  tally: noTally,
});

/** One that cannot be started is failed at once; one whose start was lost with this process, by the sweeper. */
async function begun(deps: Deps, simulation: Simulation, now: Date): Promise<Simulation> {
  try {
    await deps.startSimulation(simulation.id);
    return simulation;
  } catch (error) {
    logger.error('simulation not started', { simulation_id: simulation.id, error: error as Error });
    const why = `It could not be started: ${(error as Error).name}`;
    return (await failSimulation(deps, simulation.id, why, now)) ?? simulation;
  }
}
