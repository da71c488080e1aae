import { bare, type Item, type Key, type Table } from '../shared/dynamo.ts';
import { ActivePolicies, type Flip, PolicySetLabel, PolicySetVersion, Simulation } from './contract.ts';
import type { Simulated } from './lifecycle-model.ts';
import type { Progress } from './simulation-model.ts';

const padded = (count: number): string => String(count).padStart(10, '0');

export const keys = {
  /** P1 The version in force: a pointer, small enough to be read with every decision. */
  active: (): Key => ({ pk: 'policies#active', sk: 'pointer' }),
  /** P2 One version, whole; never written twice. */
  version: (version: number): Key => ({ pk: `policies#version#${version}`, sk: 'set' }),
  /** P3 One version without its policies; and all of them, newest first. The newest one's number is the highest given. */
  label: (version: number): Key => ({ pk: 'policies#versions', sk: padded(version) }),
  /** P4 The version that a set has already, by its digest. */
  digest: (digest: string): Key => ({ pk: `policies#digest#${digest}`, sk: 'version' }),
  /** P5 The use of a decision as a mandate; never written twice. */
  mandate: (decision: string): Key => ({ pk: `policies#mandate#${decision}`, sk: 'use' }),
  /** P6 The last completed simulation of a version. */
  simulated: (version: number): Key => ({ pk: `policies#simulated#${version}`, sk: 'latest' }),
  /** P7 One simulation. */
  simulation: (id: string): Key => ({ pk: `policies#simulation#${id}`, sk: 'simulation' }),
  /** P8 How far a simulation is. */
  progress: (id: string): Key => ({ pk: `policies#simulation#${id}`, sk: 'progress' }),
  /** P9 Flips of a simulation in lots, in the order in which they were found: newest decision first. */
  flips: (id: string, page: number, lot: number): Key => ({
    pk: `policies#simulation#${id}`,
    sk: `flips#${padded(page)}#${padded(lot)}`,
  }),
  /** P10 Simulations that run. Sparse: only those in state `running` carry it. */
  running: (startedAt: string) => ({ gsi1pk: 'policies#running', gsi1sk: startedAt }),
} as const;

/** The pointer as it was read; undefined when there is none or it cannot be read. */
export const activeFrom = (item: Item | undefined): ActivePolicies | undefined =>
  item ? ActivePolicies.safeParse(bare(item)).data : undefined;

/** The stored form of a simulation. */
export const simulationItem = (simulation: Simulation): Item => ({
  ...simulation,
  ...(simulation.state === 'running' ? keys.running(`${simulation.started_at}#${simulation.id}`) : {}),
});

const simulationFrom = (item: Item): Simulation => Simulation.parse(bare(item));
const labelFrom = (item: Item): PolicySetLabel => PolicySetLabel.parse(bare(item));

/** A lot of flips, under its sort key. */
export type Lot = { sk: string; flips: Flip[] };

/** Questions of the policies slice. */
export const policiesStore = (table: Table) => ({ ...versions(table), ...simulations(table) });
export type PoliciesStore = ReturnType<typeof policiesStore>;

const versions = (table: Table) => ({
  active: async (): Promise<ActivePolicies | undefined> => activeFrom((await table.getMany([keys.active()]))[0]),
  /** One version; undefined when there is none or it cannot be read. */
  version: async (version: number): Promise<PolicySetVersion | undefined> => {
    const [item] = await table.getMany([keys.version(version)]);
    return item && PolicySetVersion.safeParse(bare(item)).data;
  },
  /** The pointer, and one version without its policies. */
  activeAnd: async (version: number) => {
    const [active, label] = await table.getMany([keys.active(), keys.label(version)]);
    return { active: activeFrom(active), label: label && labelFrom(label) };
  },
  /** The last completed simulation of a version. */
  simulated: async (version: number): Promise<Simulated | undefined> =>
    (await table.getMany([keys.simulated(version)]))[0] as Simulated | undefined,
  /** Whether a decision has served as a mandate. */
  isUsed: async (decision: string): Promise<boolean> =>
    (await table.getMany([keys.mandate(decision)]))[0] !== undefined,
  byDigest: async (digest: string): Promise<number | undefined> => {
    const [item] = await table.getMany([keys.digest(digest)]);
    return item && Number(item.version);
  },
  /** Versions below the given one, newest first. */
  labels: async (limit: number, below?: number) => {
    const { items, last } = await table.query({
      partition: ['pk', keys.label(1).pk],
      newestFirst: true,
      limit,
      after: below === undefined ? undefined : keys.label(below),
    });
    return { labels: items.map(labelFrom), more: last !== undefined };
  },
});

const simulations = (table: Table) => ({
  simulation: async (id: string) => {
    const [item, progress] = await table.getMany([keys.simulation(id), keys.progress(id)]);
    return item && progress && { simulation: simulationFrom(item), progress: bare(progress) as Progress };
  },
  /** Lots of flips from the given sort key on. */
  lots: async (id: string, from: string | undefined, limit: number) => {
    const { items, last } = await table.query({
      partition: ['pk', keys.simulation(id).pk],
      sort: { name: 'sk', from: from ?? 'flips#', to: 'flips#~' },
      limit,
    });
    return { lots: items as (Item & Lot)[], more: last !== undefined };
  },
  /** Simulations that run, oldest first, at most `limit`. */
  running: async (limit: number): Promise<Simulation[]> => {
    const partition = ['gsi1pk', keys.running('').gsi1pk] as const;
    const { items } = await table.query({ index: 'gsi1', partition, limit });
    return items.map(simulationFrom);
  },
});
