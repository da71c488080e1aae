import * as z from 'zod';
import type { Page } from '../../shared/contract.ts';
import { Problem } from '../../shared/errors.ts';
import type { Cursors } from '../../shared/page.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Call } from '../../shared/serve.ts';
import type { KnowledgeItem, routes } from '../contract.ts';
import { mayReadKnowledge } from '../reading.ts';
import type { Store } from '../store.ts';

const Position = z.record(z.string(), z.string());

/** What is known from conflicts, newest first. */
export async function listResolutions(
  { store, cursors }: { store: Store; cursors: Cursors },
  { actor, query }: Call<(typeof routes)['listResolutions']>,
): Promise<Page<KnowledgeItem>> {
  const list = ['resolutions', actor.id, query.domain ?? null];
  const after = await cursors.open(query.cursor, list, Position);
  const { resolutions, last } = await store.resolutions(query.domain, query.limit, after);
  const items = resolutions.filter((one) => mayReadKnowledge(one, actor));
  return last ? { items, next_cursor: await cursors.seal(last, list) } : { items };
}

/** One of them. One that the reader may not see is answered like one that does not exist. */
export async function getResolution(
  store: Pick<Store, 'knowledge'>,
  id: string,
  reader: Actor,
): Promise<KnowledgeItem> {
  const item = await store.knowledge(id);
  if (item && mayReadKnowledge(item, reader)) return item;
  throw new Problem('NotFound', `There is no resolution ${id}.`);
}
