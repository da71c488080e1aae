import * as z from 'zod';
import type { Page } from '../../shared/contract.ts';
import { Problem } from '../../shared/errors.ts';
import type { Cursors } from '../../shared/page.ts';
import { type Actor, mayRead } from '../../shared/principal.ts';
import type { Call } from '../../shared/serve.ts';
import type { Message, routes } from '../contract.ts';
import type { Delegations } from '../delegation-store.ts';
import type { Inboxes } from '../inbox-store.ts';

type Deps = { inboxes: Inboxes; delegations: Pick<Delegations, 'homeOf'>; cursors: Cursors };

const Position = z.record(z.string(), z.string());

/** What a principal must hear of, newest first: for itself, its domain's orchestrator, and those above. */
export async function listMessages(
  deps: Deps,
  { actor, params, query }: Call<(typeof routes)['listMessages']>,
): Promise<Page<Message>> {
  if (!(await isOpenTo(deps, params.id, actor))) throw new Problem('NotFound', `There is no inbox of ${params.id}.`);
  const unread = query.unread === 'true';
  const list = ['inbox', params.id, unread];
  const after = await deps.cursors.open(query.cursor, list, Position);
  const { messages, last } = await deps.inboxes.inbox(params.id, unread, query.limit, after);
  if (!last) return { items: messages };
  return { items: messages, next_cursor: await deps.cursors.seal(last, list) };
}

async function isOpenTo({ delegations }: Deps, owner: string, reader: Actor): Promise<boolean> {
  if (owner === reader.id) return true;
  const domain = await delegations.homeOf(owner);
  return domain !== undefined && mayRead({ proposed_by: owner, domain }, reader);
}
