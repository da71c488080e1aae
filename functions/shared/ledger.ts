import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Classification, type Fact } from './contract.ts';
import type { Item, Key } from './dynamo.ts';
import { EntryId, TaskId, Timestamp } from './ids.ts';
import { addSeconds, dayOf, epochSeconds } from './clock.ts';
import { Pseudonym } from './sealed-text.ts';

/** Retention classes, shortest first, in days. */
export const retentionDays = { standard: 90, significant: 365, compliance: 2557 } as const;
export const Retention = z.literal(['standard', 'significant', 'compliance']).meta({ id: 'Retention' });
export type Retention = z.output<typeof Retention>;

/** The longer of two classes: retention is raised, never lowered. */
export const longer = (a: Retention, b: Retention): Retention => (retentionDays[a] >= retentionDays[b] ? a : b);

export const EntryDetails = z
  .strictObject({
    context: z.string(),
    options_considered: z.array(z.string()),
    decision: z.string(),
    reasoning: z.string(),
    outcome: z.string(),
  })
  .meta({ id: 'EntryDetails' });

/** One line of the audit trail, as it is stored, archived, queried and exported. */
export const Entry = z
  .strictObject({
    id: EntryId,
    timestamp: Timestamp,
    agent_id: z.string().meta({ description: 'Principal that acted; `anonymous` when no token could be verified.' }),
    action_type: z.literal(['decision', 'execution', 'escalation']),
    domain: z.string().meta({ description: 'Domain of the principal, or `enterprise`.' }),
    summary: z.string(),
    details: EntryDetails,
    classification: Classification,
    related_tasks: z.array(TaskId),
    sequence: z.int().min(1).meta({ description: 'Position within the subject, without gaps from 1.' }),
    subject: z.string().meta({ description: 'What the entry is about, `<kind>/<id>`.' }),
    policy_version: z.int().min(0).meta({ description: 'Policy set in force; 0 when none was consulted.' }),
    trace_id: z.string().regex(/^[0-9a-f]{32}$/),
    retention: Retention,
  })
  .meta({ id: 'AuditEntry' });
export type Entry = z.output<typeof Entry>;

/** What of an entry is sealed: the decision that its sealed texts are from, and the pseudonyms of those they are about. */
export const Personal = z.strictObject({ record: z.string(), subjects: z.array(Pseudonym).min(1) });
export type Personal = z.output<typeof Personal>;

/** What an operation says about a change; `commit` adds id, time, trace and actor. */
export type EntryDraft = {
  action_type: Entry['action_type'];
  domain: string;
  subject: string;
  sequence: number;
  summary: string;
  details?: Partial<z.output<typeof EntryDetails>>;
  classification?: Classification;
  related_tasks?: readonly string[];
  policy_version?: number;
  retention?: Retention;
  /** Named by every entry that carries a sealed text, so that access by data subject finds it. */
  personal?: Personal | undefined;
  event: Fact;
};

/** Shard of a subject: all entries of one subject on one day share a partition, and so reach the stream in order. */
export const shardOf = (subject: string, shards: number): number =>
  createHash('sha256').update(subject).digest().readUInt32BE(0) % shards;

export const ledgerKeys = {
  /** L1 Entries of a domain on a day, newest first: query every shard and merge. */
  partition: (domain: string, day: string, shard: number) => `ledger#${domain}#${day}#${shard}`,
  /** L2 Entries that name a task, newest first: pointers to L1. */
  task: (task: string) => `ledger#task#${task}`,
  /** L5 Entries that name a data subject, newest first: pointers to L1. */
  dataSubject: (pseudonym: string) => `ledger#data-subject#${pseudonym}`,
} as const;

export type EntryItem = Entry & {
  pk: string;
  sk: string;
  kind: 'entry';
  ttl: number;
  event: Fact;
  traceparent: string;
  personal?: Personal | undefined;
  /** When the item was put back after it had been removed; it is published once only, so the relay passes it by. */
  restored_at?: string;
};

const fields = Object.keys(Entry.shape) as (keyof Entry)[];

/** The entry alone, without what the store and the relay need. */
export const entryOf = (item: EntryItem): Entry =>
  Object.fromEntries(fields.map((field) => [field, item[field]])) as Entry;

/** Second at which an entry expires: its time plus the days of its class. */
export const expiryOf = (timestamp: Date, retention: Retention): number =>
  epochSeconds(addSeconds(timestamp, retentionDays[retention] * 86_400));

/** The stored form of an entry. */
export const entryItem = (
  entry: Entry,
  event: Fact,
  traceparent: string,
  shards: number,
  personal?: Personal,
): EntryItem => ({
  ...entry,
  pk: ledgerKeys.partition(entry.domain, dayOf(new Date(entry.timestamp)), shardOf(entry.subject, shards)),
  sk: entry.id,
  kind: 'entry',
  ttl: expiryOf(new Date(entry.timestamp), entry.retention),
  event,
  traceparent,
  ...(personal ? { personal } : {}),
});

/** Pointer rows that let the entries of a task or a data subject be found without an index over every entry. */
export const pointersOf = ({ pk, sk, ttl, related_tasks, personal }: EntryItem): (Item & Key)[] =>
  [...related_tasks.map(ledgerKeys.task), ...(personal?.subjects ?? []).map(ledgerKeys.dataSubject)].map((place) => ({
    pk: place,
    sk,
    kind: 'pointer',
    entry_pk: pk,
    ttl,
  }));
