import { bare, type Item, type Key, type Question, type Table, type Write } from '../shared/dynamo.ts';
import { everyItem } from '../shared/every-item.ts';
import type { EntryItem } from '../shared/ledger.ts';
import { ledgerKeys } from '../shared/ledger.ts';
import { Hold } from './contract.ts';
import type { EntrySelector } from './model.ts';
import { dayOfId, idBefore, type IdRange, isEmpty } from './range.ts';
import type { Found } from './walk.ts';

export const keys = {
  /** A1 One legal hold; and all of them, newest first. */
  hold: (id: string): Key => ({ pk: 'audit#holds', sk: id }),
  /** A2 Active legal holds: copies that follow A1. */
  activeHold: (id: string): Key => ({ pk: 'audit#holds#active', sk: id }),
  /** A3 Last reconciliation of a domain and day: how often it ran. */
  reconciliation: (domain: string, day: string): Key => ({ pk: `audit#reconciliation#${domain}`, sk: day }),
} as const;

const nothing: Found = { items: [], last: undefined };

/** Sort key bounds of a range, both inclusive as DynamoDB has them. */
const bounds = (name: string, { from, before }: IdRange) => ({ name, from, to: idBefore(before) });

type Indexed = Exclude<EntrySelector, { by: 'domain' }>;

/** Where a selector's rows are, and the attribute that orders them. */
const indexes = {
  task: (value: string) => ({ question: { partition: ['pk', ledgerKeys.task(value)] }, sort: 'sk' }),
  data_subject: (value: string) => ({ question: { partition: ['pk', ledgerKeys.dataSubject(value)] }, sort: 'sk' }),
  agent: (value: string) => ({ question: { index: 'by-agent', partition: ['agent_id', value] }, sort: 'id' }),
  subject: (value: string) => ({ question: { index: 'by-subject', partition: ['subject', value] }, sort: 'id' }),
} as const satisfies Record<Indexed['by'], (value: string) => { question: Question; sort: string }>;

/** A row of an index names the entry by its key; a pointer names the partition apart. */
const entryKey = ({ entry_pk, pk, sk }: Item): Key => ({ pk: entry_pk ?? pk, sk }) as Key;

/** Questions to the ledger. */
export const ledgerStore = (table: Table, shards: number) => ({
  shards,
  /** L1 Entries of one shard of a domain and day. */
  ofShard: async (domain: string, day: string, shard: number, range: IdRange, limit: number): Promise<Found> => {
    if (isEmpty(range)) return nothing;
    const partition = ['pk', ledgerKeys.partition(domain, day, shard)] as const;
    const { items, last } = await table.query({ partition, sort: bounds('sk', range), newestFirst: true, limit });
    return { items: items as EntryItem[], last: last && (items as EntryItem[]).at(-1)?.sk };
  },
  /** L2 Entries of a task, L3 of an agent, L4 of a subject, L5 of a data subject. Two reads: the index, then the entries, consistently. */
  indexed: async ({ by, value }: Indexed, range: IdRange, limit: number): Promise<Found> => {
    if (isEmpty(range)) return nothing;
    const { question, sort } = indexes[by](value);
    const rows = await table.query({ ...question, sort: bounds(sort, range), newestFirst: true, limit });
    const found = await table.getMany(rows.items.map(entryKey));
    // An index may still name an entry that is gone.
    const items = found.filter((item) => item !== undefined) as EntryItem[];
    return { items, last: rows.last && rows.items.map(entryKey).at(-1)?.sk };
  },
  /** One entry: the id tells the day, and every shard of that day in each domain is asked in one batched read. */
  one: async (id: string, domains: readonly string[]): Promise<EntryItem | undefined> => {
    const places = domains.flatMap((domain) => Array.from({ length: shards }, (_, shard) => [domain, shard] as const));
    const day = dayOfId(id);
    const candidates = places.map(([domain, shard]) => ({ pk: ledgerKeys.partition(domain, day, shard), sk: id }));
    const found = await table.getMany(candidates);
    return found.find((item) => item !== undefined) as EntryItem | undefined;
  },
  /** Entries where they are known to be, in the order of the keys. */
  at: async (places: readonly Key[]): Promise<(EntryItem | undefined)[]> =>
    (await table.getMany(places)) as (EntryItem | undefined)[],
  /** All entries of a domain and day, shard by shard. */
  async *ofDay(domain: string, day: string): AsyncGenerator<EntryItem, void, undefined> {
    for (let shard = 0; shard < shards; shard += 1) {
      const partition = ['pk', ledgerKeys.partition(domain, day, shard)] as const;
      yield* everyItem(table, { partition }) as AsyncGenerator<EntryItem, void, undefined>;
    }
  },
});
export type Ledger = ReturnType<typeof ledgerStore>;

const holdFrom = (item: Item): Hold => Hold.parse(bare(item));

/** Questions to the audit slice's own state. */
export const holdStore = (table: Table) => ({
  hold: async (id: string): Promise<Hold | undefined> => {
    const [item] = await table.getMany([keys.hold(id)]);
    return item && holdFrom(item);
  },
  holds: async (limit: number, after: Item | undefined) => {
    const partition = ['pk', keys.hold('').pk] as const;
    const { items, last } = await table.query({ partition, newestFirst: true, limit, after });
    return { holds: items.map(holdFrom), last };
  },
  active: async (): Promise<Hold[]> => {
    const holds: Hold[] = [];
    for await (const item of everyItem(table, { partition: ['pk', keys.activeHold('').pk] }))
      holds.push(holdFrom(item));
    return holds;
  },
  /** How often a domain and day was reconciled. */
  reconciliations: async (domain: string, day: string): Promise<number> => {
    const [item] = await table.getMany([keys.reconciliation(domain, day)]);
    return (item?.version as number | undefined) ?? 0;
  },
});
export type Holds = ReturnType<typeof holdStore>;

export const writes = {
  place: (hold: Hold): Write[] => [
    { kind: 'create', key: keys.hold(hold.id), item: hold },
    { kind: 'put', key: keys.activeHold(hold.id), item: hold },
  ],
  /** @param hold already carries its next version */
  release: (hold: Hold): Write[] => [
    { kind: 'replace', key: keys.hold(hold.id), item: hold, version: hold.version - 1 },
    { kind: 'remove', key: keys.activeHold(hold.id) },
  ],
  reconciliation: (domain: string, day: string, version: number, result: Item): Write => {
    const key = keys.reconciliation(domain, day);
    const item = { ...result, domain, day, version };
    return version === 1 ? { kind: 'create', key, item } : { kind: 'replace', key, item, version: version - 1 };
  },
} as const;
