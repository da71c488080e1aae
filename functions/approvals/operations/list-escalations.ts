import * as z from 'zod';
import type { Page } from '../../shared/contract.ts';
import type { Cursors } from '../../shared/page.ts';
import type { Call } from '../../shared/serve.ts';
import type { Escalation, routes } from '../contract.ts';
import type { Store } from '../store.ts';

const Position = z.record(z.string(), z.string());

/** Open escalations that wait for the caller's level (in its own domain, for a domain orchestrator), oldest first. */
export async function listEscalations(
  deps: { store: Store; cursors: Cursors },
  { actor, query }: Call<(typeof routes)['listEscalations']>,
): Promise<Page<Escalation>> {
  const list = ['escalations', actor.level, actor.domain];
  const after = await deps.cursors.open(query.cursor, list, Position);
  const { escalations, last } = await deps.store.waiting(actor.level, actor.domain, query.limit, after);
  if (!last) return { items: escalations };
  return { items: escalations, next_cursor: await deps.cursors.seal(last, list) };
}
