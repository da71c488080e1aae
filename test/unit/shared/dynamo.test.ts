import type { BatchGetItemCommand, DynamoDBClient, TransactGetItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Key, tableOf } from '../../../functions/shared/dynamo.ts';

/** A table that has every key but those of `absent`, and leaves part of a batch unread as often as told. */
function aTable({ absent = new Set<string>(), unread = 0 }: { absent?: ReadonlySet<string>; unread?: number } = {}) {
  const asked: Key[][] = [];
  let left = unread;
  const send = async ({ input }: BatchGetItemCommand): Promise<unknown> => {
    const { Keys = [], ConsistentRead } = input.RequestItems?.table ?? {};
    expect(ConsistentRead).toBe(true);
    asked.push(Keys.map((key) => unmarshall(key) as Key));
    const half = left > 0 ? Math.floor(Keys.length / 2) : Keys.length;
    left -= 1;
    const found = Keys.slice(0, half).filter((key) => !absent.has(String(unmarshall(key).pk)));
    const UnprocessedKeys = half < Keys.length ? { table: { Keys: Keys.slice(half) } } : {};
    // DynamoDB answers in no order.
    return {
      Responses: { table: found.toReversed().map((key) => marshall({ ...unmarshall(key), seen: true })) },
      UnprocessedKeys,
    };
  };
  return { table: tableOf({ send } as unknown as DynamoDBClient, 'table'), asked };
}

const key = (n: number): Key => ({ pk: `p${n}`, sk: 's' });

describe('a batched read', () => {
  it('[AUD-2] answers in the order of the keys, repeated ones too, and undefined for what is not there', async () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 350 });
    await fc.assert(
      fc.asyncProperty(numbers, fc.uniqueArray(fc.integer({ min: 0, max: 400 })), async (wanted, gone) => {
        const absent = new Set(gone.map((n) => `p${n}`));
        const { table, asked } = aTable({ absent });
        const found = await table.getMany(wanted.map(key));
        expect(found).toEqual(wanted.map((n) => (absent.has(`p${n}`) ? undefined : { ...key(n), seen: true })));
        for (const chunk of asked) expect(chunk.length).toBeLessThanOrEqual(100);
        expect(asked.flat()).toHaveLength(new Set(wanted).size);
      }),
      { numRuns: 50 },
    );
  });

  it('[AUD-2] asks again for what was left unread, and never takes it for absent', async () => {
    const keys = [1, 2, 3, 4, 5].map(key);
    const { table, asked } = aTable({ unread: 2 });
    expect(await table.getMany(keys)).toEqual(keys.map((one) => ({ ...one, seen: true })));
    expect(asked.map((chunk) => chunk.length)).toEqual([5, 3, 2]);
    await expect(aTable({ unread: 99 }).table.getMany([key(1)])).rejects.toMatchObject({ code: 'Overloaded' });
  });
});

describe('a read at one instant', () => {
  const busy = (): Error => Object.assign(new Error('busy'), { name: 'TransactionCanceledException' });

  it('[LIM-2] answers in the order of the keys, and waits for records that are being written', async () => {
    let failures = 2;
    const send = async ({ input }: TransactGetItemsCommand): Promise<unknown> => {
      failures -= 1;
      if (failures >= 0) throw busy();
      return { Responses: (input.TransactItems ?? []).map(({ Get }, at) => (at === 1 ? {} : { Item: Get?.Key })) };
    };
    const table = tableOf({ send } as unknown as DynamoDBClient, 'table');
    expect(await table.snapshot([key(1), key(2), key(3)])).toEqual([key(1), undefined, key(3)]);
    failures = 99;
    await expect(table.snapshot([key(1)])).rejects.toMatchObject({ code: 'RequestInFlight' });
  });
});
