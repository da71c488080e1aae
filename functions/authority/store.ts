import { addSeconds } from '../shared/clock.ts';
import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import type { Level } from '../shared/contract.ts';
import { shardOf } from '../shared/ledger.ts';
import { Decision, Escalation, Matrix } from './contract.ts';
import type { ReceiptKeyRecord } from './receipt-keys.ts';

/** Spread of the index of due outcomes: every allowed decision writes one row there. */
const dueShards = 16;

export const keys = {
  /** U1 One decision. */
  decision: (id: string): Key => ({ pk: `authority#decision#${id}`, sk: 'decision' }),
  /** U2 Allowed decisions without outcome, soonest due first. Sparse: the row goes when the outcome comes or is missed. */
  outcomeDue: (shard: number, due: string) => ({ gsi1pk: `authority#outcome-due#${shard}`, gsi1sk: due }),
  /** U3 One escalation. */
  escalation: (id: string): Key => ({ pk: `authority#escalation#${id}`, sk: 'escalation' }),
  /** U4 Open escalations that wait for a level (of a domain, where the level has one), oldest first. Sparse. */
  waiting: (level: Level, domain: string, opened: string) => ({
    gsi2pk: `authority#waiting#${level}#${level === 'domain' ? domain : 'enterprise'}`,
    gsi2sk: opened,
  }),
  /** U5 Open escalations of a requester. Sparse. */
  requested: (requester: string, opened: string) => ({ gsi1pk: `authority#requested#${requester}`, gsi1sk: opened }),
  /** U6 The authority matrix in force. */
  matrix: (): Key => ({ pk: 'authority#matrix', sk: 'active' }),
  /** U7 Keys that sign or signed receipts, by the end of their signing time. */
  receiptKey: (signsUntil: string, kid: string): Key => ({ pk: 'authority#receipt-keys', sk: `${signsUntil}#${kid}` }),
} as const;

const waitsForOutcome = (decision: Decision): boolean =>
  decision.outcome_due_at !== null && decision.outcome === null && !decision.outcome_overdue;

/** The stored form of a decision. */
export const decisionItem = (decision: Decision): Item => ({
  ...decision,
  ...(waitsForOutcome(decision)
    ? keys.outcomeDue(shardOf(decision.id, dueShards), `${decision.outcome_due_at}#${decision.id}`)
    : {}),
});

/** The stored form of an escalation. */
export const escalationItem = (escalation: Escalation): Item => ({
  ...escalation,
  ...(escalation.state === 'open'
    ? {
        ...keys.waiting(escalation.deciding_level, escalation.domain, `${escalation.opened_at}#${escalation.id}`),
        ...keys.requested(escalation.requested_by, `${escalation.opened_at}#${escalation.id}`),
      }
    : {}),
});

export const decisionFrom = (item: Item): Decision => Decision.parse(bare(item));
export const escalationFrom = (item: Item): Escalation => Escalation.parse(bare(item));

/** The matrix as the admission read found it; undefined when it is absent or cannot be read, which denies. */
export const matrixFrom = (item: Item | undefined): Matrix | undefined =>
  item ? Matrix.safeParse(bare(item)).data : undefined;

export type Authority = ReturnType<typeof authorityStore>;

/** Questions of the authority slice. */
export const authorityStore = (table: Table) => ({
  decision: async (id: string): Promise<Decision | undefined> => {
    const [item] = await table.getMany([keys.decision(id)]);
    return item && decisionFrom(item);
  },
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
  /** Decisions whose outcome was due by `now`, at most `limit` of each shard. */
  overdue: async (now: Date, limit: number): Promise<Decision[]> => {
    const to = now.toISOString();
    const shards = Array.from({ length: dueShards }, (_, shard) => keys.outcomeDue(shard, '').gsi1pk);
    const found = await Promise.all(
      shards.map((pk) =>
        table.query({ index: 'gsi1', partition: ['gsi1pk', pk], sort: { name: 'gsi1sk', to }, limit }),
      ),
    );
    return found.flatMap(({ items }) => items.map(decisionFrom));
  },
  matrix: async (): Promise<Matrix | undefined> => matrixFrom((await table.getMany([keys.matrix()]))[0]),
  /** Keys whose signatures may still be valid, longest-lived first. */
  receiptKeys: async (now: Date): Promise<ReceiptKeyRecord[]> => {
    const { items } = await table.query({
      partition: ['pk', 'authority#receipt-keys'],
      sort: { name: 'sk', from: addSeconds(now, -2 * 86_400).toISOString() },
      newestFirst: true,
      limit: 50,
    });
    return items.map((item) => bare(item) as ReceiptKeyRecord);
  },
});

/** Reads many decisions; in the order of the ids, undefined for one that is not there or cannot be read. */
export const decisionsIn =
  (table: Table) =>
  async (ids: readonly string[]): Promise<(Decision | undefined)[]> => {
    const items = await table.getMany(ids.map(keys.decision));
    return items.map((item) => item && Decision.safeParse(bare(item)).data);
  };

export const writes = {
  create: (decision: Decision): Write => ({
    kind: 'create',
    key: keys.decision(decision.id),
    item: decisionItem(decision),
  }),
  /** @param decision already carries its next version */
  replace: (decision: Decision): Write => ({
    kind: 'replace',
    key: keys.decision(decision.id),
    item: decisionItem(decision),
    version: decision.version - 1,
  }),
  open: (escalation: Escalation): Write => ({
    kind: 'create',
    key: keys.escalation(escalation.id),
    item: escalationItem(escalation),
  }),
  close: (escalation: Escalation): Write => ({
    kind: 'replace',
    key: keys.escalation(escalation.id),
    item: escalationItem(escalation),
    version: escalation.version - 1,
  }),
  receiptKey: (record: ReceiptKeyRecord, ttl: number): Write => ({
    kind: 'create',
    key: keys.receiptKey(record.signs_until, record.kid),
    item: { ...record, ttl },
  }),
} as const;
