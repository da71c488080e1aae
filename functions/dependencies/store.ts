import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { shardOf } from '../shared/ledger.ts';
import { Dependency } from './contract.ts';

/** Spread of the index that is looked through by the clock: every open dependency has one row there. */
const watchShards = 4;

export const keys = {
  /** P1 One dependency. */
  dependency: (id: string): Key => ({ pk: `dependencies#dependency#${id}`, sk: 'dependency' }),
  /** P2 What a task needs, oldest first. */
  needs: (task: string, order: string) => ({ gsi1pk: `dependencies#needs#${task}`, gsi1sk: order }),
  /** P3 What a task provides, oldest first. Sparse: a resource provides without a task. */
  provides: (task: string, order: string) => ({ gsi2pk: `dependencies#provides#${task}`, gsi2sk: order }),
  /** P4 The row by which the clock finds an open dependency; it goes with the handover. */
  watch: (id: string): Key => ({ pk: `dependencies#dependency#${id}`, sk: 'watch' }),
  /** P5 Open dependencies by when each must be looked at next, soonest first. */
  looks: (shard: number, at: string) => ({ gsi1pk: `dependencies#watch#${shard}`, gsi1sk: at }),
} as const;

export type Direction = 'needs' | 'provides';

function dependencyItem(dependency: Dependency): Item {
  const { id, registered_at, task_id, on } = dependency;
  const order = `${registered_at}#${id}`;
  return { ...dependency, ...keys.needs(task_id, order), ...(on === null ? {} : keys.provides(on, order)) };
}

const dependencyFrom = (item: Item): Dependency => Dependency.parse(bare(item));

export type Store = ReturnType<typeof dependencyStore>;

/** Questions of the slice about dependencies. Lists come from indexes that lag by moments. */
export const dependencyStore = (table: Table) => ({
  dependency: async (id: string): Promise<Dependency | undefined> => {
    const [item] = await table.getMany([keys.dependency(id)]);
    return item && dependencyFrom(item);
  },
  /** Up to `limit` dependencies of a task. */
  ofTask: async (task: string, direction: Direction, limit: number, after: Item | undefined) => {
    const question =
      direction === 'needs'
        ? { index: 'gsi1' as const, partition: ['gsi1pk', keys.needs(task, '').gsi1pk] as const }
        : { index: 'gsi2' as const, partition: ['gsi2pk', keys.provides(task, '').gsi2pk] as const };
    const { items, last } = await table.query({ ...question, limit, after });
    return { dependencies: items.map(dependencyFrom), last };
  },
  /** Ids of dependencies that must be looked at by now, at most `limit` of each shard. */
  due: async (now: Date, limit: number): Promise<string[]> => {
    const sort = { name: 'gsi1sk', to: now.toISOString() };
    const shards = Array.from({ length: watchShards }, (_, shard) => keys.looks(shard, '').gsi1pk);
    const found = await Promise.all(
      shards.map((pk) => table.query({ index: 'gsi1', partition: ['gsi1pk', pk], sort, limit })),
    );
    return found.flatMap(({ items }) => items.map(({ dependency_id: id }) => String(id)));
  },
});

export const writes = {
  create: (dependency: Dependency): Write => ({
    kind: 'create',
    key: keys.dependency(dependency.id),
    item: dependencyItem(dependency),
  }),
  /** @param before as it was read; `after` may be several versions on */
  replace: (before: Dependency, after: Dependency): Write => ({
    kind: 'replace',
    key: keys.dependency(after.id),
    item: dependencyItem(after),
    version: before.version,
  }),
  unchanged: ({ id, version }: Dependency): Write => ({ kind: 'check', key: keys.dependency(id), version }),
  /** @param at when it must be looked at next; never where absent */
  watch: ({ id }: Dependency, at: Date | undefined): Write => {
    const key = keys.watch(id);
    if (!at) return { kind: 'remove', key };
    const index = keys.looks(shardOf(id, watchShards), `${at.toISOString()}#${id}`);
    return { kind: 'put', key, item: { dependency_id: id, ...index } };
  },
} as const;
