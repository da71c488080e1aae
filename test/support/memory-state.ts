import type { Adjustment, Where } from '../../functions/shared/adjust.ts';
import { type Change, type Commit, Contended } from '../../functions/shared/commit.ts';
import type { Item, Key, Table, Write } from '../../functions/shared/dynamo.ts';
import { Problem } from '../../functions/shared/errors.ts';
import type { Entry } from '../../functions/shared/ledger.ts';

export type MemoryState = {
  table: Table;
  commit: Commit;
  rows: ReadonlyMap<string, Item & Key>;
  /** Entries of all that was committed, as they were drafted. */
  entries: Change['entries'][number][];
  /** Called with the key of every write that was made. */
  onWrite: (key: Key) => void;
};

const idOf = ({ pk, sk }: Key): string => `${pk} ${sk}`;

const at = (item: Item | undefined, path: string): unknown =>
  path.split('.').reduce<unknown>((value, part) => (value as Item | undefined)?.[part], item);

const holds = (item: Item | undefined, where: Where): boolean =>
  'atLeast' in where ? Number(at(item, where.path)) >= where.atLeast : at(item, where.path) === where.is;

function isRefused(write: Write, item: Item | undefined): boolean {
  if (write.kind === 'adjust' || write.kind === 'require') return !write.where.every((where) => holds(item, where));
  if (write.kind === 'create') return item !== undefined;
  if (write.kind === 'remove') return write.version !== undefined && item?.version !== write.version;
  return write.kind === 'replace' || write.kind === 'check' ? item?.version !== write.version : false;
}

function adjusted(item: Item, { set = {}, add = {} }: Adjustment): Item {
  const next = structuredClone(item);
  const put = (path: string, value: unknown): void => {
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    const parent = parts.reduce<Item>((value_, part) => value_[part] as Item, next);
    parent[last] = value;
  };
  for (const [path, value] of Object.entries(set)) put(path, structuredClone(value));
  for (const [path, amount] of Object.entries(add)) put(path, Number(at(next, path)) + amount);
  return next;
}

/** State in memory, with transactions as DynamoDB has them: all conditions hold, or nothing is written. */
export function memoryState(): MemoryState {
  const rows = new Map<string, Item & Key>();
  const getMany: Table['getMany'] = async (keys) => keys.map((key) => structuredClone(rows.get(idOf(key))));
  const table = { name: 'state', getMany, snapshot: getMany, query: async () => ({ items: [], last: undefined }) };
  const state: MemoryState = {
    table,
    rows,
    entries: [],
    onWrite: () => undefined,
    commit: async ({ writes, entries }) => {
      const touched = writes.map(({ key }) => idOf(key));
      if (new Set(touched).size < touched.length) throw new Error('a transaction names a record twice');
      if (writes.length + entries.length > 98) throw new Error('the transaction is too large');
      const refused = writes.filter((write) => isRefused(write, rows.get(idOf(write.key))));
      if (refused.some(({ kind }) => kind !== 'adjust' && kind !== 'require'))
        throw new Problem('VersionConflict', 'refused');
      if (refused.length > 0) throw new Contended();
      for (const write of writes) {
        state.onWrite(write.key);
        if (write.kind === 'remove') rows.delete(idOf(write.key));
        else if (write.kind === 'adjust')
          rows.set(idOf(write.key), { ...adjusted(rows.get(idOf(write.key)) ?? {}, write), ...write.key });
        else if (write.kind !== 'check' && write.kind !== 'require')
          rows.set(idOf(write.key), { ...structuredClone(write.item), ...write.key });
      }
      state.entries.push(...entries);
      return [] as Entry[];
    },
  };
  return state;
}
