import { addSeconds, epochSeconds } from '../shared/clock.ts';
import { digestOf } from '../shared/digest.ts';
import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { shardOf } from '../shared/ledger.ts';
import { Conflict, KnowledgeItem } from './contract.ts';
import { domainsOf } from './terms-model.ts';
import { nextTick } from './turn-model.ts';
import { Sightings } from './sightings-model.ts';

/** Spread of the index of clocks: every open conflict has one row there. */
const clockShards = 4;

const partition = (id: string): string => `conflicts#conflict#${id}`;
const knowledge = (id: string): string => `conflicts#knowledge#${id}`;

/** What makes two conflicts the same one. */
type Matter = Pick<Conflict, 'type' | 'subject'> & { parties: readonly { id: string }[] };

const matterOf = ({ type, subject, parties }: Matter): string =>
  digestOf({ type, subject, parties: parties.map(({ id }) => id).toSorted() });

export const keys = {
  /** C1 One conflict. */
  conflict: (id: string): Key => ({ pk: partition(id), sk: 'conflict' }),
  /** C2 Open conflicts of all domains, oldest first. Sparse. */
  open: (opened: string) => ({ gsi1pk: 'conflicts#open', gsi1sk: opened }),
  /** C3 The row of an open conflict for each domain that it concerns; it goes with the end. */
  domainRow: (id: string, domain: string): Key => ({ pk: partition(id), sk: `domain#${domain}` }),
  /** C4 Open conflicts that concern a domain, oldest first. */
  ofDomain: (domain: string, opened: string) => ({ gsi2pk: `conflicts#open#${domain}`, gsi2sk: opened }),
  /** C5 The row of an open conflict's clock; it goes with the end. */
  clock: (id: string): Key => ({ pk: partition(id), sk: 'clock' }),
  /** C6 Clocks by what is due next, soonest first: what nobody has done by then, the sweeper does. */
  due: (shard: number, due: string) => ({ gsi1pk: `conflicts#due#${shard}`, gsi1sk: due }),
  /** C7 Token with which the workflow of a conflict is woken. */
  token: (id: string): Key => ({ pk: partition(id), sk: 'token' }),
  /** C8 The one open conflict about something between the same parties; it goes with the end. */
  matter: (of: Matter): Key => ({ pk: `conflicts#matter#${matterOf(of)}`, sk: 'open' }),
  /** C9 What is known from a conflict. */
  knowledge: (id: string): Key => ({ pk: knowledge(id), sk: 'resolution' }),
  /** C10 What is known from conflicts, newest first. */
  resolutions: (created: string) => ({ gsi1pk: 'conflicts#resolutions', gsi1sk: created }),
  /** C11 The row of what is known, for each domain that it concerns. */
  knowledgeRow: (id: string, domain: string): Key => ({ pk: knowledge(id), sk: `domain#${domain}` }),
  /** C12 What is known from the conflicts of a domain, newest first. */
  resolutionsOf: (domain: string, created: string) => ({ gsi2pk: `conflicts#resolutions#${domain}`, gsi2sk: created }),
  /** C13 What was seen lately of a topic or a resource: the tasks in work on it, the decisions about it. */
  sightings: (kind: 'topic' | 'resource', name: string): Key => ({
    pk: `conflicts#sightings#${kind}#${digestOf(name)}`,
    sk: 'seen',
  }),
} as const;

const conflictItem = (conflict: Conflict): Item => ({
  ...conflict,
  ...(conflict.step === 'documented' ? {} : keys.open(`${conflict.opened_at}#${conflict.id}`)),
});

/** The row that follows an open conflict, by what its clock does next. */
const clockWrite = (conflict: Conflict): Write => {
  const key = keys.clock(conflict.id);
  const tick = nextTick(conflict);
  if (!tick) return { kind: 'remove', key };
  const index = keys.due(shardOf(conflict.id, clockShards), `${tick.at}#${conflict.id}`);
  return { kind: 'put', key, item: { conflict_id: conflict.id, ...index } };
};

const conflictFrom = (item: Item): Conflict => Conflict.parse(bare(item));
const knowledgeFrom = (item: Item): KnowledgeItem => KnowledgeItem.parse(bare(item));

/** Records by key; what is not there is left out. */
const behind = async <T>(table: Table, at: readonly Key[], parse: (item: Item) => T): Promise<T[]> =>
  (await table.getMany(at)).flatMap((item) => (item ? [parse(item)] : []));

const openQuestions = (table: Table) => ({
  conflict: async (id: string): Promise<Conflict | undefined> =>
    (await behind(table, [keys.conflict(id)], conflictFrom))[0],
  /** Id of the open conflict about the same between the same parties. */
  openAbout: async (matter: Matter): Promise<string | undefined> => {
    const [item] = await table.getMany([keys.matter(matter)]);
    return item && String(item.conflict_id);
  },
  /** Open conflicts, of one domain or of all. */
  open: async (domain: string | undefined, limit: number, after: Item | undefined) => {
    const question =
      domain === undefined
        ? { index: 'gsi1' as const, partition: ['gsi1pk', keys.open('').gsi1pk] as const }
        : { index: 'gsi2' as const, partition: ['gsi2pk', keys.ofDomain(domain, '').gsi2pk] as const };
    const { items, last } = await table.query({ ...question, limit, after });
    const found = items.map(({ id, conflict_id }) => keys.conflict(String(conflict_id ?? id)));
    return { conflicts: await behind(table, found, conflictFrom), last };
  },
  /** Open conflicts for which something was due by `until`, at most `limit` of each shard. */
  due: async (until: Date, limit: number): Promise<Conflict[]> => {
    const sort = { name: 'gsi1sk', to: until.toISOString() };
    const shards = Array.from({ length: clockShards }, (_, shard) => keys.due(shard, '').gsi1pk);
    const found = await Promise.all(
      shards.map((pk) => table.query({ index: 'gsi1', partition: ['gsi1pk', pk], sort, limit })),
    );
    const ids = found.flatMap(({ items }) => items.map(({ conflict_id: id }) => keys.conflict(String(id))));
    return behind(table, ids, conflictFrom);
  },
  token: async (id: string): Promise<string | undefined> => {
    const [item] = await table.getMany([keys.token(id)]);
    return item && String(item.token);
  },
});

const learnt = (table: Table) => ({
  knowledge: async (id: string): Promise<KnowledgeItem | undefined> =>
    (await behind(table, [keys.knowledge(id)], knowledgeFrom))[0],
  /** What is known, of one domain or of all, newest first. */
  resolutions: async (domain: string | undefined, limit: number, after: Item | undefined) => {
    const question =
      domain === undefined
        ? { index: 'gsi1' as const, partition: ['gsi1pk', keys.resolutions('').gsi1pk] as const }
        : { index: 'gsi2' as const, partition: ['gsi2pk', keys.resolutionsOf(domain, '').gsi2pk] as const };
    const { items, last } = await table.query({ ...question, newestFirst: true, limit, after });
    const found = items.map(({ id, knowledge_id }) => keys.knowledge(String(knowledge_id ?? id)));
    return { resolutions: await behind(table, found, knowledgeFrom), last };
  },
  sightings: async (kind: 'topic' | 'resource', name: string): Promise<Sightings | undefined> => {
    const [item] = await table.getMany([keys.sightings(kind, name)]);
    return item && Sightings.parse(bare(item));
  },
});

/** Questions of the conflicts slice. */
export const conflictsStore = (table: Table) => ({ ...openQuestions(table), ...learnt(table) });
export type Store = ReturnType<typeof conflictsStore>;

/** How long after the last one what was seen is kept. */
const seenSeconds = 7 * 86_400;

const knowledgeWrites = (item: KnowledgeItem): Write[] => {
  const at = `${item.created_at}#${item.id}`;
  return [
    { kind: 'create', key: keys.knowledge(item.id), item: { ...item, ...keys.resolutions(at) } },
    ...item.domains.map((domain): Write => ({
      kind: 'put',
      key: keys.knowledgeRow(item.id, domain),
      item: { knowledge_id: item.id, ...keys.resolutionsOf(domain, at) },
    })),
  ];
};

const replace = (conflict: Conflict): Write[] => [
  { kind: 'replace', key: keys.conflict(conflict.id), item: conflictItem(conflict), version: conflict.version - 1 },
  clockWrite(conflict),
];

export const writes = {
  open: (conflict: Conflict): Write[] => [
    { kind: 'create', key: keys.conflict(conflict.id), item: conflictItem(conflict) },
    { kind: 'create', key: keys.matter(conflict), item: { conflict_id: conflict.id } },
    clockWrite(conflict),
    ...domainsOf(conflict).map((domain): Write => ({
      kind: 'put',
      key: keys.domainRow(conflict.id, domain),
      item: { conflict_id: conflict.id, ...keys.ofDomain(domain, `${conflict.opened_at}#${conflict.id}`) },
    })),
  ],
  /** @param conflict already carries its next version */
  change: replace,
  /** The end, and what is known from it: one is not without the other. */
  end: (conflict: Conflict, item: KnowledgeItem): Write[] => [
    ...replace(conflict),
    { kind: 'remove', key: keys.matter(conflict) },
    ...domainsOf(conflict).map((domain): Write => ({ kind: 'remove', key: keys.domainRow(conflict.id, domain) })),
    ...knowledgeWrites(item),
  ],
  token: (id: string, token: string, ttl: number): Write => ({
    kind: 'put',
    key: keys.token(id),
    item: { token, ttl },
  }),
  /** @param seen already carries its next version */
  sightings: (kind: 'topic' | 'resource', name: string, seen: Sightings, now: Date): Write => {
    const key = keys.sightings(kind, name);
    const item = { ...seen, ttl: epochSeconds(addSeconds(now, seenSeconds)) };
    if (seen.version === 1) return { kind: 'create', key, item };
    return { kind: 'replace', key, item, version: seen.version - 1 };
  },
} as const;
