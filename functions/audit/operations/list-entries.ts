import type { Page } from '../../shared/contract.ts';
import { type Entry, entryOf } from '../../shared/ledger.ts';
import type { Call } from '../../shared/serve.ts';
import type { routes } from '../contract.ts';
import { type Deps, readEntries } from '../read-entries.ts';

/** A page of entries, newest first. */
export async function listEntries(
  deps: Deps,
  { query, actor, now }: Call<(typeof routes)['listEntries']>,
): Promise<Page<Entry>> {
  const { items, next_cursor } = await readEntries(deps, query, actor, now);
  return { items: items.map(entryOf), ...(next_cursor === undefined ? {} : { next_cursor }) };
}
