import * as z from 'zod';
import type { Page } from '../../shared/contract.ts';
import type { Cursors } from '../../shared/page.ts';
import type { Call } from '../../shared/serve.ts';
import type { Conflict, routes } from '../contract.ts';
import { mayReadConflict } from '../reading.ts';
import type { Store } from '../store.ts';

const Position = z.record(z.string(), z.string());

/** Open conflicts that the caller may see, oldest first: of a domain, or, for those above the domains, of all. */
export async function listConflicts(
  { store, cursors }: { store: Store; cursors: Cursors },
  { actor, query }: Call<(typeof routes)['listConflicts']>,
): Promise<Page<Conflict>> {
  const domain = query.domain ?? (actor.domain === 'enterprise' ? undefined : actor.domain);
  const list = ['conflicts', actor.id, domain ?? null, query.step ?? null];
  const after = await cursors.open(query.cursor, list, Position);
  const { conflicts, last } = await store.open(domain, query.limit, after);
  const items = conflicts.filter(
    (one) => one.step !== 'documented' && (query.step ?? one.step) === one.step && mayReadConflict(one, actor),
  );
  return last ? { items, next_cursor: await cursors.seal(last, list) } : { items };
}
