import type { Level } from '../shared/contract.ts';
import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { shardOf } from '../shared/ledger.ts';
import { Escalation } from './contract.ts';

/** Spread of the index of clocks: every open escalation has one row there. */
const clockShards = 8;

export const keys = {
  /** V1 One escalation. */
  escalation: (id: string): Key => ({ pk: `approvals#escalation#${id}`, sk: 'escalation' }),
  /** V2 Open escalations that wait for a level (of a domain, where the level has one), oldest first. Sparse. */
  waiting: (level: Level, domain: string, opened: string) => ({
    gsi2pk: `approvals#waiting#${level}#${level === 'domain' ? domain : 'enterprise'}`,
    gsi2sk: opened,
  }),
  /** V3 Open escalations of a requester. Sparse. */
  requested: (requester: string, opened: string) => ({ gsi1pk: `approvals#requested#${requester}`, gsi1sk: opened }),
  /** V4 The row of an open escalation's clock; it goes with the end. */
  clock: (id: string): Key => ({ pk: `approvals#escalation#${id}`, sk: 'clock' }),
  /** V5 Clocks by what is due next, soonest first: what nobody has done by then, the sweeper does. */
  due: (shard: number, due: string) => ({ gsi1pk: `approvals#due#${shard}`, gsi1sk: due }),
  /** V6 Token with which the workflow of an escalation is woken. */
  token: (id: string): Key => ({ pk: `approvals#escalation#${id}`, sk: 'token' }),
} as const;

const escalationItem = (escalation: Escalation): Item => ({
  ...escalation,
  ...(escalation.state === 'open'
    ? {
        ...keys.waiting(escalation.deciding_level, escalation.domain, `${escalation.opened_at}#${escalation.id}`),
        ...keys.requested(escalation.requested_by, `${escalation.opened_at}#${escalation.id}`),
      }
    : {}),
});

/** The row that follows an open escalation, by what its clock does next. */
const clockWrite = (escalation: Escalation): Write => {
  const key = keys.clock(escalation.id);
  if (escalation.state !== 'open') return { kind: 'remove', key };
  const due = escalation.reminded ? escalation.level_deadline : escalation.reminder_at;
  const index = keys.due(shardOf(escalation.id, clockShards), `${due}#${escalation.id}`);
  return { kind: 'put', key, item: { escalation_id: escalation.id, ...index } };
};

const escalationFrom = (item: Item): Escalation => Escalation.parse(bare(item));

export type Store = ReturnType<typeof approvalsStore>;

/** Questions of the approvals slice about escalations. */
export const approvalsStore = (table: Table) => ({
  escalation: async (id: string): Promise<Escalation | undefined> => {
    const [item] = await table.getMany([keys.escalation(id)]);
    return item && escalationFrom(item);
  },
  /** Up to `limit` escalations that wait for a level; `domain` matters for the domain level only. */
  waiting: async (level: Level, domain: string, limit: number, after: Item | undefined) => {
    const partition = ['gsi2pk', keys.waiting(level, domain, '').gsi2pk] as const;
    const { items, last } = await table.query({ index: 'gsi2', partition, limit, after });
    return { escalations: items.map(escalationFrom), last };
  },
  /** Open escalations of one requester, at most `limit`. */
  requestedBy: async (requester: string, limit: number): Promise<Escalation[]> => {
    const partition = ['gsi1pk', keys.requested(requester, '').gsi1pk] as const;
    const { items } = await table.query({ index: 'gsi1', partition, limit });
    return items.map(escalationFrom);
  },
  /** Open escalations for which something was due by `until`, at most `limit` of each shard. */
  due: async (until: Date, limit: number): Promise<Escalation[]> => {
    const to = until.toISOString();
    const shards = Array.from({ length: clockShards }, (_, shard) => keys.due(shard, '').gsi1pk);
    const found = await Promise.all(
      shards.map((pk) =>
        table.query({ index: 'gsi1', partition: ['gsi1pk', pk], sort: { name: 'gsi1sk', to }, limit }),
      ),
    );
    const ids = found.flatMap(({ items }) => items.map(({ escalation_id: id }) => keys.escalation(String(id))));
    return (await table.getMany(ids)).flatMap((item) => (item ? [escalationFrom(item)] : []));
  },
  token: async (id: string): Promise<string | undefined> => {
    const [item] = await table.getMany([keys.token(id)]);
    return item && String(item.token);
  },
});

export const writes = {
  open: (escalation: Escalation): Write[] => [
    { kind: 'create', key: keys.escalation(escalation.id), item: escalationItem(escalation) },
    clockWrite(escalation),
  ],
  /** @param escalation already carries its next version */
  change: (escalation: Escalation): Write[] => [
    {
      kind: 'replace',
      key: keys.escalation(escalation.id),
      item: escalationItem(escalation),
      version: escalation.version - 1,
    },
    clockWrite(escalation),
  ],
  token: (id: string, token: string, ttl: number): Write => ({
    kind: 'put',
    key: keys.token(id),
    item: { token, ttl },
  }),
} as const;
