import * as z from 'zod';
import type { Page } from '../../shared/contract.ts';
import { Problem } from '../../shared/errors.ts';
import type { Cursors } from '../../shared/page.ts';
import type { Call } from '../../shared/serve.ts';
import type { Handoff, routes } from '../contract.ts';
import { mayRead } from '../party-model.ts';
import type { Deps } from '../ports.ts';

const Position = z.record(z.string(), z.string());

/** Open handoffs to or from a team, soonest deadline first; those that the reader may not see are left out. */
export async function listHandoffs(
  deps: Pick<Deps, 'store'> & { cursors: Cursors },
  { actor, query }: Call<(typeof routes)['listHandoffs']>,
): Promise<Page<Handoff>> {
  const { side, team = actor.team } = query;
  if (team === undefined) {
    const faults = [{ pointer: '/query/team', detail: 'You have no team of your own: name one.' }];
    throw new Problem('MalformedRequest', 'Name a team.', { faults });
  }
  const list = ['handoffs', side, team];
  const after = await deps.cursors.open(query.cursor, list, Position);
  const { handoffs, last } = await deps.store.ofTeam(side, team, query.limit, after);
  const items = handoffs.filter((handoff) => mayRead(handoff, actor));
  return last ? { items, next_cursor: await deps.cursors.seal(last, list) } : { items };
}
