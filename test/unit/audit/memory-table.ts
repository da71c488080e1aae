import type { Item, Key, Question, Table } from '../../../functions/shared/dynamo.ts';

export type MemoryTable = Table & {
  add: (...rows: (Item & Key)[]) => void;
  remove: (key: Key) => void;
  /** What was asked of it so far. */
  asked: { queries: number; rows: number; keys: number };
};

/** A table in memory that answers the questions of `Table` as DynamoDB does, up to its page limit. */
export function memoryTable(name = 'table'): MemoryTable {
  const rows = new Map<string, Item & Key>();
  const id = ({ pk, sk }: Key): string => `${pk}\u0000${sk}`;
  const asked = { queries: 0, rows: 0, keys: 0 };
  const getMany = async (keys: readonly Key[]): Promise<(Item | undefined)[]> => {
    asked.keys += keys.length;
    return keys.map((key) => rows.get(id(key)));
  };
  return {
    name,
    asked,
    add: (...items) => {
      for (const item of items) rows.set(id(item), item);
    },
    remove: (key) => {
      rows.delete(id(key));
    },
    getMany,
    snapshot: getMany,
    query: async (question) => {
      const { items, last } = answer([...rows.values()], question);
      asked.queries += 1;
      asked.rows += items.length;
      // An index holds keys only.
      const keyed = items.map(({ pk, sk }) => ({ pk, sk }));
      return { items: question.index ? keyed : items, last };
    },
  };
}

function answer(rows: readonly (Item & Key)[], { partition, sort, newestFirst, limit, after }: Question) {
  const [attribute, value] = partition;
  const by = sort?.name ?? 'sk';
  const order = newestFirst ? -1 : 1;
  const compare = (a: Item, b: Item): number => order * (String(a[by]) < String(b[by]) ? -1 : 1);
  const inBounds = (row: Item): boolean => {
    const at = String(row[by]);
    return (sort?.from === undefined || at >= sort.from) && (sort?.to === undefined || at <= sort.to);
  };
  const found = rows.filter((row) => row[attribute] === value && inBounds(row)).toSorted(compare);
  const start = after ? found.findIndex((row) => row.pk === after.pk && row.sk === after.sk) + 1 : 0;
  const items = found.slice(start, start + (limit ?? found.length));
  // DynamoDB names the last key whenever it stopped at the limit, even if nothing follows.
  const last = limit !== undefined && items.length === limit ? items.at(-1) : undefined;
  return { items, last: last && { pk: last.pk, sk: last.sk } };
}
