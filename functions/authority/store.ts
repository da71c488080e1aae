import { addSeconds } from '../shared/clock.ts';
import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { shardOf } from '../shared/ledger.ts';
import { Decision, Matrix } from './contract.ts';
import type { ReceiptKeyRecord } from './receipt-keys.ts';

/** Spread of the index of due outcomes: every allowed decision writes one row there. */
const dueShards = 16;

export const keys = {
  /** U1 One decision. */
  decision: (id: string): Key => ({ pk: `authority#decision#${id}`, sk: 'decision' }),
  /** U2 Allowed decisions without outcome, soonest due first. Sparse: the row goes when the outcome comes or is missed. */
  outcomeDue: (shard: number, due: string) => ({ gsi1pk: `authority#outcome-due#${shard}`, gsi1sk: due }),
  /** U3 The authority matrix in force. */
  matrix: (): Key => ({ pk: 'authority#matrix', sk: 'active' }),
  /** U4 Keys that sign or signed receipts, by the end of their signing time. */
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

export const decisionFrom = (item: Item): Decision => Decision.parse(bare(item));

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
  /** Holds as long as the decision is as it was read: whoever acts on it acts on what it is now. */
  unchanged: ({ id, version }: Decision): Write => ({ kind: 'check', key: keys.decision(id), version }),
  /** @param matrix already carries its next version */
  matrix: (matrix: Matrix): Write => ({
    kind: 'replace',
    key: keys.matrix(),
    item: matrix,
    version: matrix.version - 1,
  }),
  receiptKey: (record: ReceiptKeyRecord, ttl: number): Write => ({
    kind: 'create',
    key: keys.receiptKey(record.signs_until, record.kid),
    item: { ...record, ttl },
  }),
} as const;
