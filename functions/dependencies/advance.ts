import { type Change, joined } from '../shared/commit.ts';
import { Problem } from '../shared/errors.ts';
import type { Actor } from '../shared/principal.ts';
import { isStanding, released } from './booking.ts';
import { changeOf } from './changes.ts';
import type { Dependency } from './contract.ts';
import { contactsOf, tellUnblocked } from './messages.ts';
import type { Step } from './model.ts';
import type { Sight } from './outlook-model.ts';
import { maySee } from './party-model.ts';
import type { Deps } from './ports.ts';

/** The tasks of both sides, in one read. */
export async function sightOf({ tasks }: Pick<Deps, 'tasks'>, { task_id, on }: Dependency): Promise<Sight> {
  const [task, provider] = await tasks.tasks([task_id, ...(on === null ? [] : [on])]);
  return { task, on: provider };
}

/** @throws Problem `NotFound` when there is no such dependency, or the reader is not to know of it */
export async function seen(
  deps: Pick<Deps, 'store' | 'tasks'>,
  id: string,
  reader: Actor,
): Promise<{ dependency: Dependency; sight: Sight }> {
  const dependency = await deps.store.dependency(id);
  const sight = dependency && (await sightOf(deps, dependency));
  if (!dependency || !sight || !maySee(dependency, sight, reader))
    throw new Problem('NotFound', `There is no dependency ${id}.`);
  return { dependency, sight };
}

type Moment = { by: string; now: Date };

/** The whole change that steps of a dependency make: also of the task that waited, and of what was reserved. */
export async function advancing(
  deps: Deps,
  { dependency, sight }: { dependency: Dependency; sight: Sight },
  steps: readonly Step[],
  moment: Moment,
): Promise<Change> {
  const contacts = await contactsOf(deps.directory, dependency, sight);
  const change = changeOf(dependency, steps, { sight, contacts, inbox: deps.inbox, now: moment.now });
  const last = steps.at(-1);
  const isEnd = last?.what === 'confirmed' || last?.what === 'withdrawn';
  const free = isEnd ? freeing(deps, dependency, sight, moment.now) : nothing;
  const given = last?.what === 'withdrawn' ? await giveBack(deps, last.after, moment) : nothing;
  return joined(change, free, given);
}

const nothing: Change = { writes: [], entries: [] };

function freeing({ tasks, inbox }: Deps, dependency: Dependency, { task }: Sight, now: Date): Change {
  if (dependency.type !== 'blocking' || !task) return nothing;
  const change = tasks.unblocked(task, dependency.id, now);
  return joined(change, ...(change.writes.length > 0 ? tellUnblocked(inbox, task, dependency, now) : []));
}

/** The reservation of a dependency that is not needed any more. */
async function giveBack(deps: Deps, { booking, reason }: Dependency, { by, now }: Moment): Promise<Change> {
  const reservation = booking && (await deps.resources.reservation(booking.reservation_id));
  if (!reservation || !isStanding(reservation, now)) return nothing;
  return (await released(deps, reservation, { by, reason: reason ?? '', now })).change;
}
