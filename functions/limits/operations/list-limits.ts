import * as z from 'zod';
import type { Page } from '../../shared/contract.ts';
import type { Call } from '../../shared/serve.ts';
import type { Limit, routes } from '../contract.ts';
import type { Deps } from '../ports.ts';

const Position = z.record(z.string(), z.string());

/** Limits with a record of their own, by kind and id. */
export async function listLimits(
  { store, cursors }: Deps,
  { query }: Call<(typeof routes)['listLimits']>,
): Promise<Page<Limit>> {
  const after = await cursors.open(query.cursor, 'limits', Position);
  const { limits, last } = await store.list(query.limit, after);
  return last ? { items: limits, next_cursor: await cursors.seal(last, 'limits') } : { items: limits };
}
