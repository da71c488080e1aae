import type { Level } from '../shared/contract.ts';
import type { Table } from '../shared/dynamo.ts';
import { decidingLevel } from './matrix.ts';
import { authorityStore } from './store.ts';

/** For other slices, wired in their entry files: the level that decides a type by the matrix in force, if a row names it. */
export const levelPort = (table: Table) => {
  const { matrix } = authorityStore(table);
  return async (type: string): Promise<Level | undefined> => {
    const row = (await matrix())?.rows.find((one) => one.type === type);
    return row && decidingLevel(row);
  };
};
