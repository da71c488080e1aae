import type { Change } from '../shared/commit.ts';
import { type Fact, fact } from '../shared/contract.ts';
import type { Write } from '../shared/dynamo.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import { type Flip, type Simulation, simulationCompleted, simulationFailed, simulationStarted } from './contract.ts';
import type { Simulated } from './lifecycle-model.ts';
import { flipCount, lotsOf, type Progress } from './simulation-model.ts';
import { keys, simulationItem } from './store.ts';

const concerns = ['enterprise'];
/** Some 400 bytes each: a lot stays far below what a record takes, and a page of the answer within a few. */
const lotSize = 100;

function entryOf(simulation: Simulation, summary: string, event: Fact, outcome = ''): EntryDraft {
  const { id, version, policy_version } = simulation;
  return {
    action_type: 'execution',
    domain: 'enterprise',
    subject: `simulation/${id}`,
    sequence: version,
    summary,
    details: { outcome },
    policy_version,
    retention: 'compliance',
    event,
  };
}

const replacing = (simulation: Simulation): Write => ({
  kind: 'replace',
  key: keys.simulation(simulation.id),
  item: simulationItem(simulation),
  version: simulation.version - 1,
});

const named = ({ id, policy_version, against }: Simulation) => ({
  simulation_id: id,
  policy_version,
  against,
  concerns,
});

export function start(simulation: Simulation, progress: Progress): Change {
  const { id, last, policy_version } = simulation;
  const event = fact(simulationStarted, { ...named(simulation), last });
  return {
    writes: [
      { kind: 'create', key: keys.simulation(id), item: simulationItem(simulation) },
      { kind: 'create', key: keys.progress(id), item: progress },
    ],
    entries: [entryOf(simulation, `Simulation of policy version ${policy_version} over ${last} decisions`, event)],
  };
}

/** What one page found. Whoever did the page first has done it: the progress is at the version that was read. */
export const page = (id: string, next: Progress, flips: readonly Flip[]): Write[] => [
  { kind: 'replace', key: keys.progress(id), item: next, version: next.version - 1 },
  ...lotsOf(flips, lotSize).map((lot, at): Write => ({
    kind: 'put',
    key: keys.flips(id, next.version, at),
    item: { flips: lot },
  })),
];

/** The change that ends a simulation; `rest` is what its last page writes. */
export function completion(simulation: Simulation, rest: readonly Write[]): Change {
  const { id, policy_version, against, finished_at, replayed } = simulation;
  const flips = flipCount(simulation);
  const simulated: Simulated = { simulation_id: id, against, finished_at: finished_at ?? '', replayed, flips };
  const event = fact(simulationCompleted, { ...named(simulation), replayed, flips });
  const summary = `Simulation of policy version ${policy_version}: ${flips} of ${replayed} verdicts flip`;
  return {
    writes: [...rest, replacing(simulation), { kind: 'put', key: keys.simulated(policy_version), item: simulated }],
    entries: [entryOf(simulation, summary, event, JSON.stringify(simulation.changes))],
  };
}

export function failure(simulation: Simulation): Change {
  const reason = simulation.failure ?? '';
  const event = fact(simulationFailed, { ...named(simulation), reason });
  const summary = `Simulation of policy version ${simulation.policy_version} failed`;
  return { writes: [replacing(simulation)], entries: [entryOf(simulation, summary, event, reason)] };
}
