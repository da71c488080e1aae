import * as z from 'zod';
import type { Page } from '../../shared/contract.ts';
import type { Cursors } from '../../shared/page.ts';
import type { Call } from '../../shared/serve.ts';
import type { Hold, routes } from '../contract.ts';
import type { Holds } from '../store.ts';

const Position = z.strictObject({ pk: z.string(), sk: z.string() });

/** Legal holds, newest first, released ones too. */
export async function listHolds(
  deps: { holds: Pick<Holds, 'holds'>; cursors: Cursors },
  { query }: Call<(typeof routes)['listHolds']>,
): Promise<Page<Hold>> {
  const after = await deps.cursors.open(query.cursor, 'holds', Position);
  const { holds, last } = await deps.holds.holds(query.limit, after);
  if (!last) return { items: holds };
  return { items: holds, next_cursor: await deps.cursors.seal(last, 'holds') };
}
