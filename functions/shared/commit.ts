import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { epochSeconds } from './clock.ts';
import { type Cancelled, type Key, member, transact, type Write } from './dynamo.ts';
import { Problem } from './errors.ts';
import { millisOf, newId } from './ids.ts';
import { entryItem, type Entry, type EntryDraft, pointersOf } from './ledger.ts';
import type { Trace } from './trace.ts';

/** A change of state together with the entries that record it. */
export type Change = { writes: readonly Write[]; entries: readonly (EntryDraft & { id?: string })[] };

/** Several changes as one. */
export const joined = (...changes: readonly Change[]): Change => ({
  writes: changes.flatMap((change) => change.writes),
  entries: changes.flatMap((change) => change.entries),
});

/** Who changes, when, in which trace; and the record that makes a repetition of the request harmless. */
export type CommitContext = {
  actor: string;
  now: Date;
  trace: Trace;
  idempotency?: { key: Key; item: IdempotencyItem } | undefined;
};

export type IdempotencyItem = { request_digest: string; answer: string; ttl: number };

/** Raised when the same Idempotency-Key was committed by another request first. */
export class AlreadyCommitted extends Error {
  readonly stored: IdempotencyItem;
  constructor(stored: IdempotencyItem) {
    super('The Idempotency-Key has its answer already');
    this.stored = stored;
  }
}

/** Raised when a counter was not as it was read. Whoever planned the change reads again, and plans it anew. */
export class Contended extends Problem {
  constructor() {
    super('RequestInFlight', 'Other requests are changing the same counters.', { headers: { 'retry-after': '1' } });
  }
}

const mostAttempts = 10;

/** Plans and commits anew, from what is read anew, as long as counters move in between; gives up after some attempts. */
export async function persistently<T>(attempt: (nth: number) => Promise<T>): Promise<T> {
  for (let nth = 1; ; nth += 1) {
    try {
      return await attempt(nth);
    } catch (error) {
      if (!(error instanceof Contended) || nth === mostAttempts) throw error;
    }
  }
}

export type Commit = (change: Change, context: CommitContext) => Promise<Entry[]>;

/** The most members DynamoDB takes in one transaction. */
const transactionLimit = 100;

/**
 * The one way to write. State, ledger entries and idempotency record go in one DynamoDB transaction: all or none.
 * @throws Problem `VersionConflict` or `AlreadyExists` when the state is not what the operation read
 * @throws Contended when nothing but counters, or what they rely on, was not what the operation read
 * @throws AlreadyCommitted when the idempotency record exists
 */
export const committer =
  (client: DynamoDBClient, tables: { state: string; ledger: string; shards: number }): Commit =>
  async (change, context) => {
    const entries = change.entries.map((draft) => completed(draft, context));
    const items = [
      ...idempotencyMembers(tables.state, context),
      ...change.writes.map((write) => member(tables.state, write)),
      ...entries.flatMap((entry) => ledgerMembers(tables.ledger, entry, tables.shards, context)),
    ];
    if (items.length > transactionLimit) throw new Error(`a transaction of ${items.length} members is too large`);
    refuse(await transact(client, items), change, context);
    return entries.map(({ entry }) => entry);
  };

type Completed = { entry: Entry } & Pick<EntryDraft, 'event' | 'personal'>;

function completed(draft: EntryDraft & { id?: string }, context: CommitContext): Completed {
  const {
    context: why = '',
    options_considered = [],
    decision = '',
    reasoning = '',
    outcome = '',
  } = draft.details ?? {};
  const id = draft.id ?? newId(context.now);
  // An entry is looked for where its id says: the day of its partition, the bounds of a time range.
  if (millisOf(id) !== context.now.getTime()) throw new Error('the id of an entry carries the time of its change');
  const entry: Entry = {
    id,
    timestamp: context.now.toISOString(),
    agent_id: context.actor,
    action_type: draft.action_type,
    domain: draft.domain,
    summary: draft.summary,
    details: { context: why, options_considered, decision, reasoning, outcome },
    classification: draft.classification ?? 'internal',
    // Each has a pointer of its own, and a transaction names no record twice.
    related_tasks: [...new Set(draft.related_tasks)],
    sequence: draft.sequence,
    subject: draft.subject,
    policy_version: draft.policy_version ?? 0,
    trace_id: context.trace.traceId,
    retention: draft.retention ?? 'standard',
  };
  return { entry, event: draft.event, personal: draft.personal };
}

function ledgerMembers(table: string, made: Completed, shards: number, context: CommitContext): TransactWriteItem[] {
  const stored = entryItem(made.entry, made.event, context.trace.traceparent, shards, made.personal);
  const rows = [stored, ...pointersOf(stored)];
  return rows.map(({ pk, sk, ...item }) => member(table, { kind: 'create', key: { pk, sk }, item }));
}

function idempotencyMembers(table: string, { idempotency, now }: CommitContext): TransactWriteItem[] {
  if (!idempotency) return [];
  return [member(table, { kind: 'create', ...idempotency, expired: { at: epochSeconds(now) } })];
}

function refuse(cancelled: readonly Cancelled[], change: Change, context: CommitContext): void {
  const [first] = cancelled;
  if (!first) return;
  const offset = context.idempotency ? 1 : 0;
  if (offset === 1 && first.index === 0) throw new AlreadyCommitted(first.stored as IdempotencyItem);
  const refused = cancelled.map(({ index }) => change.writes[index - offset]);
  const write = refused.find((one) => one?.kind !== 'adjust' && one?.kind !== 'require');
  if (refused.every((one) => one?.kind === 'adjust' || one?.kind === 'require')) throw new Contended();
  if (write?.kind === 'create') throw new Problem('AlreadyExists', 'A record with this id exists.');
  if (write) throw new Problem('VersionConflict', 'The record changed since it was read; read it again and retry.');
  throw new Error('a ledger entry with this id exists');
}
