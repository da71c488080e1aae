import * as z from 'zod';
import type { Item, Question, Table } from '../shared/dynamo.ts';

/** One partition of a list; partitions are read in the order of their names. */
export type Source = { name: string; question: Pick<Question, 'index' | 'partition' | 'sort'> };

/** Where a list goes on: in this partition, after this key. */
export const Position = z.strictObject({ source: z.string(), after: z.record(z.string(), z.string()).optional() });
export type Position = z.output<typeof Position>;

export type Found = { items: Item[]; next: Position | undefined };

/** Queries that one page may cost, so that many empty partitions make a short page and not a slow one. */
const queriesPerPage = 10;

/** Reads up to `limit` items through the partitions, from the position on. */
export async function walk(
  table: Table,
  sources: readonly Source[],
  from: Position | undefined,
  limit: number,
): Promise<Found> {
  // By name and not by number: a partition that was added since does not shift the position.
  const left = sources.filter(({ name }) => from === undefined || name >= from.source);
  const items: Item[] = [];
  for (const [index, { name, question }] of left.entries()) {
    if (items.length >= limit || index === queriesPerPage) return { items, next: { source: name } };
    const after = name === from?.source ? from.after : undefined;
    const found = await table.query({ ...question, after, limit: limit - items.length });
    items.push(...found.items);
    if (found.last) return { items, next: { source: name, after: found.last as Record<string, string> } };
  }
  return { items, next: undefined };
}

/** Reads whole partitions, but never more than `queries` pages; `complete` is false when that was not enough. */
export async function readAll(
  table: Table,
  sources: readonly Source[],
  queries: number,
): Promise<{ items: Item[]; complete: boolean }> {
  const items: Item[] = [];
  let left = queries;
  for (const { question } of sources) {
    let after: Item | undefined;
    do {
      if (left === 0) return { items, complete: false };
      left -= 1;
      const found = await table.query({ ...question, after });
      items.push(...found.items);
      after = found.last;
    } while (after);
  }
  return { items, complete: true };
}
