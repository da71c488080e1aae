import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { everyItem } from '../shared/every-item.ts';
import { shardOf } from '../shared/ledger.ts';
import { AgentLoad } from './load-model.ts';
import { isHeld, isWatched, type Part } from './model.ts';
import { Lease, PastClaim, type Priority, Task, type TaskState } from './task-contract.ts';

/** Spread of the indexes that are looked through by the clock. */
const clockShards = 4;

const partition = (id: string): string => `workload#task#${id}`;

export const keys = {
  /** W1 One task. */
  task: (id: string): Key => ({ pk: partition(id), sk: 'task' }),
  /** W2 The live claim of a task. */
  lease: (id: string): Key => ({ pk: partition(id), sk: 'lease' }),
  /** W3 Claims of a task that are over, oldest first. */
  pastClaim: (id: string, token: number): Key => ({ pk: partition(id), sk: `claim#${String(token).padStart(9, '0')}` }),
  /** W4 Tasks by who has to do with them now, most urgent first: `open`, `blocked`, `review` of a team; `assigned`, `held` of an agent. */
  place: (kind: 'open' | 'blocked' | 'review' | 'assigned' | 'held', who: string, order: string) => ({
    gsi1pk: `workload#${kind}#${who}`,
    gsi1sk: order,
  }),
  /** W5 Tasks of a domain, by state and age. */
  ofDomain: (domain: string, state: TaskState, order: string) => ({
    gsi2pk: `workload#tasks#${domain}`,
    gsi2sk: `${state}#${order}`,
  }),
  /** W6 Live claims by the end of their lease. */
  leases: (shard: number, expires: string) => ({ gsi1pk: `workload#leases#${shard}`, gsi1sk: expires }),
  /** W14 When a task is due: goes when it is over, or was found to be late. */
  due: (id: string): Key => ({ pk: partition(id), sk: 'due' }),
  /** W15 Tasks that are not over, by when they are due. */
  dues: (shard: number, due: string) => ({ gsi1pk: `workload#dues#${shard}`, gsi1sk: due }),
  /** W7 Past claims that were not settled, oldest first. Sparse. */
  unsettled: (shard: number, ended: string) => ({ gsi1pk: `workload#unsettled#${shard}`, gsi1sk: ended }),
  /** W8 What an agent has to do, and how it did. */
  load: (agent: string): Key => ({ pk: `workload#agent#${agent}`, sk: 'load' }),
  /** W13 Decisions by which a task crossed the border of a domain: each serves once. */
  use: (decisionId: string): Key => ({ pk: `workload#use#${decisionId}`, sk: 'use' }),
} as const;

const rank: Record<Priority, number> = { critical: 0, high: 1, normal: 2, low: 3 };

/** Most urgent first: by priority, then by what is due first, then by age. */
const urgency = ({ priority, due_at, created_at, id }: Task): string =>
  `${rank[priority]}#${due_at ?? '~'}#${created_at}#${id}`;

function placeOf(task: Task): Item {
  const order = urgency(task);
  if (isHeld(task)) return keys.place('held', task.holding?.agent ?? '', order);
  if (task.state === 'queued')
    return task.assignee === null ? keys.place('open', task.team, order) : keys.place('assigned', task.assignee, order);
  if (task.state === 'blocked') return keys.place('blocked', task.team, order);
  return task.state === 'review' ? keys.place('review', task.team, order) : {};
}

export const taskItem = (task: Task): Item => ({
  ...task,
  ...placeOf(task),
  ...keys.ofDomain(task.domain, task.state, `${task.created_at}#${task.id}`),
});

const leaseItem = (lease: Lease): Item => ({
  ...lease,
  ...keys.leases(shardOf(lease.task_id, clockShards), `${lease.expires_at}#${lease.task_id}`),
});

const pastItem = (claim: PastClaim): Item => ({
  ...claim,
  ...(claim.version === 2
    ? {}
    : keys.unsettled(shardOf(claim.task_id, clockShards), `${claim.ended_at}#${claim.task_id}`)),
});

export const taskFrom = (item: Item | undefined): Task | undefined => (item ? Task.parse(bare(item)) : undefined);
export const leaseFrom = (item: Item | undefined): Lease | undefined => (item ? Lease.parse(bare(item)) : undefined);
export const loadFrom = (item: Item | undefined): AgentLoad | undefined =>
  item ? AgentLoad.parse(bare(item)) : undefined;

export type Workload = ReturnType<typeof workloadStore>;

/** Questions of the workload slice about tasks and loads. */
export const workloadStore = (table: Table) => ({ ...singles(table), ...places(table), ...clocks(table) });

const singles = (table: Table) => ({
  task: async (id: string): Promise<Task | undefined> => taskFrom((await table.getMany([keys.task(id)]))[0]),
  /** In the order of the ids. */
  tasks: async (ids: readonly string[]): Promise<(Task | undefined)[]> =>
    (await table.getMany(ids.map(keys.task))).map(taskFrom),
  /** Tasks with their live claims, in the order of the ids. */
  held: async (ids: readonly string[]): Promise<{ task: Task | undefined; lease: Lease | undefined }[]> => {
    const items = await table.getMany(ids.flatMap((id) => [keys.task(id), keys.lease(id)]));
    return ids.map((_, at) => ({ task: taskFrom(items[2 * at]), lease: leaseFrom(items[2 * at + 1]) }));
  },
  pastClaims: async (id: string): Promise<PastClaim[]> => {
    const { items } = await table.query({ partition: ['pk', partition(id)], sort: { name: 'sk', prefix: 'claim#' } });
    return items.map((item) => PastClaim.parse(bare(item)));
  },
  load: async (agent: string): Promise<AgentLoad | undefined> => loadFrom((await table.getMany([keys.load(agent)]))[0]),
});

const places = (table: Table) => ({
  /** Tasks in a place, most urgent first. */
  inPlace: async (
    kind: Parameters<typeof keys.place>[0],
    who: string,
    limit: number,
    after?: Item,
  ): Promise<{ tasks: Task[]; last: Item | undefined }> => {
    const { gsi1pk } = keys.place(kind, who, '');
    const { items, last } = await table.query({ index: 'gsi1', partition: ['gsi1pk', gsi1pk], limit, after });
    return { tasks: items.map((item) => Task.parse(bare(item))), last };
  },
  /** All tasks in a place. */
  everyInPlace: async (kind: Parameters<typeof keys.place>[0], who: string): Promise<Task[]> => {
    const partitionKey = ['gsi1pk', keys.place(kind, who, '').gsi1pk] as const;
    const tasks: Task[] = [];
    for await (const item of everyItem(table, { index: 'gsi1', partition: partitionKey })) {
      tasks.push(Task.parse(bare(item)));
    }
    return tasks;
  },
  ofDomain: async (domain: string, state: TaskState | undefined, limit: number, after: Item | undefined) => {
    const { gsi2pk } = keys.ofDomain(domain, 'queued', '');
    const sort = state === undefined ? {} : { sort: { name: 'gsi2sk', prefix: `${state}#` } };
    const { items, last } = await table.query({
      index: 'gsi2',
      partition: ['gsi2pk', gsi2pk],
      ...sort,
      limit,
      after,
    });
    return { tasks: items.map((item) => Task.parse(bare(item))), last };
  },
});

const clocks = (table: Table) => ({
  /** Claims whose lease was over by then, at most `limit` of each shard. */
  expired: async (now: Date, limit: number): Promise<Lease[]> => {
    const found = await Promise.all(
      shards((shard) =>
        table.query({
          index: 'gsi1',
          partition: ['gsi1pk', keys.leases(shard, '').gsi1pk],
          sort: { name: 'gsi1sk', to: now.toISOString() },
          limit,
        }),
      ),
    );
    return found.flatMap(({ items }) => items.map((item) => Lease.parse(bare(item))));
  },
  /** Ids of tasks that were due by then, at most `limit` of each shard. */
  due: async (now: Date, limit: number): Promise<string[]> => {
    const found = await Promise.all(
      shards((shard) =>
        table.query({
          index: 'gsi1',
          partition: ['gsi1pk', keys.dues(shard, '').gsi1pk],
          sort: { name: 'gsi1sk', to: now.toISOString() },
          limit,
        }),
      ),
    );
    return found.flatMap(({ items }) => items.map(({ task_id }) => String(task_id)));
  },
  /** Past claims that are not settled, at most `limit` of each shard. */
  unsettled: async (limit: number): Promise<PastClaim[]> => {
    const found = await Promise.all(
      shards((shard) => table.query({ index: 'gsi1', partition: ['gsi1pk', keys.unsettled(shard, '').gsi1pk], limit })),
    );
    return found.flatMap(({ items }) => items.map((item) => PastClaim.parse(bare(item))));
  },
});

const shards = <T>(ask: (shard: number) => T): T[] => Array.from({ length: clockShards }, (_, shard) => ask(shard));

/** What is counted of an agent beside its load. */
export type Tally = Partial<Pick<AgentLoad, 'done' | 'failed' | 'revised' | 'estimated_minutes' | 'spent_minutes'>>;

export const writes = {
  create: (task: Task): Write => ({ kind: 'create', key: keys.task(task.id), item: taskItem(task) }),
  /** @param task already carries its next version */
  replace: (task: Task): Write => ({
    kind: 'replace',
    key: keys.task(task.id),
    item: taskItem(task),
    version: task.version - 1,
  }),
  /** The note of when a task is due follows the task. */
  due: (before: Task | undefined, after: Task): Write[] => {
    const key = keys.due(after.id);
    if (!isWatched(after)) return isWatched(before) ? [{ kind: 'remove', key }] : [];
    if (isWatched(before) && before.due_at === after.due_at) return [];
    const at = keys.dues(shardOf(after.id, clockShards), `${after.due_at}#${after.id}`);
    return [{ kind: 'put', key, item: { task_id: after.id, ...at } }];
  },
  /** Holds as long as the task is as it was read. */
  unchanged: ({ id, version }: Task): Write => ({ kind: 'check', key: keys.task(id), version }),
  /** @param before the lease of a claim that ran out, where there is one */
  lease: (lease: Lease, before?: Lease): Write =>
    before
      ? { kind: 'replace', key: keys.lease(lease.task_id), item: leaseItem(lease), version: before.version }
      : { kind: 'create', key: keys.lease(lease.task_id), item: leaseItem(lease) },
  endLease: ({ task_id }: Lease): Write => ({ kind: 'remove', key: keys.lease(task_id) }),
  /** Ends a lease that ran out, unless its holder has renewed it in the meantime. */
  expireLease: ({ task_id, version }: Lease): Write => ({ kind: 'remove', key: keys.lease(task_id), version }),
  pastClaim: (claim: PastClaim): Write => ({
    kind: 'create',
    key: keys.pastClaim(claim.task_id, claim.token),
    item: pastItem(claim),
  }),
  /** @param claim as it is once it is settled */
  settleClaim: (claim: PastClaim): Write => ({
    kind: 'replace',
    key: keys.pastClaim(claim.task_id, claim.token),
    item: pastItem(claim),
    version: 1,
  }),
  use: (decisionId: string, taskId: string): Write => ({
    kind: 'create',
    key: keys.use(decisionId),
    item: { task_id: taskId },
  }),
  newLoad: (load: AgentLoad): Write => ({ kind: 'create', key: keys.load(load.agent), item: load }),
  /**
   * Moves the load of an agent, in place: changes of several of its tasks at once need not know of each other.
   * @param guard what must be free of it before, of its working capacity or beside its queue, too
   */
  moveLoad: (
    agent: string,
    { working, queued }: Part,
    more: { guard?: 'slots' | 'free' | undefined; tally?: Tally; recent?: string[] | undefined } = {},
  ): Write => {
    const sums = { working, queued, slots: -working, free: -working - queued, ...more.tally };
    const add = Object.fromEntries(Object.entries(sums).filter(([, by]) => by !== 0));
    return {
      kind: 'adjust',
      key: keys.load(agent),
      add,
      ...(more.recent ? { set: { recent: more.recent } } : {}),
      where: [{ path: 'agent', is: agent }, ...(more.guard === undefined ? [] : [{ path: more.guard, atLeast: 1 }])],
    };
  },
} as const;
