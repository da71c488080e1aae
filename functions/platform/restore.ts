import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Item, type Key, member, transact } from '../shared/dynamo.ts';
import { type EntryItem, pointersOf } from '../shared/ledger.ts';
import { judgeRemoval } from './removal-model.ts';

/** Puts an item of the ledger back where it was, unless it is there. */
export type Restore = (item: Item & Key) => Promise<void>;

/** The ledger can be added to only, here as everywhere, and inside a transaction: what is there stays as it is. */
export const restorer =
  (client: DynamoDBClient, ledger: string): Restore =>
  async ({ pk, sk, ...item }) => {
    await transact(client, [member(ledger, { kind: 'create', key: { pk, sk }, item })]);
  };

/** An entry and its pointers as they are put back: unchanged but for when they go. */
export function restored(entry: EntryItem, ttl: number, now: Date): (Item & Key)[] {
  const restored_at = now.toISOString();
  return [{ ...entry, ttl }, ...pointersOf({ ...entry, ttl })].map((item) => ({ ...item, restored_at }));
}

/** Puts an entry back with its pointers, for as long as its class says or, when it is expired and held, for a while. */
export function restoreEntry(client: DynamoDBClient, ledger: string) {
  const restore = restorer(client, ledger);
  return async (entry: EntryItem, held: boolean, now: Date): Promise<void> => {
    const { restoreUntil } = judgeRemoval(entry, { byTtl: false, held }, now);
    if (restoreUntil === undefined) return;
    for (const item of restored(entry, restoreUntil, now)) await restore(item);
  };
}
