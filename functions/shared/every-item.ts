import type { Item, Question, Table } from './dynamo.ts';

/** All that answers a question, page by page. */
export async function* everyItem(
  table: Pick<Table, 'query'>,
  question: Omit<Question, 'limit' | 'after'>,
): AsyncGenerator<Item, void, undefined> {
  let after: Item | undefined;
  do {
    const { items, last } = await table.query({ ...question, after });
    yield* items;
    after = last;
  } while (after);
}
