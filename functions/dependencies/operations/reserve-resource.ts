import { onLatest, raced } from '../../shared/again.ts';
import { Problem } from '../../shared/errors.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Call } from '../../shared/serve.ts';
import type { Task } from '../../workload/contract.ts';
import { booked, bookingAttempts, dayCameFirst } from '../booking.ts';
import type { Holder, ResourceReservation, routes } from '../contract.ts';
import { invalid } from '../faults.ts';
import { requireParty } from '../party-model.ts';
import type { Deps } from '../ports.ts';
import { isOver } from '../../workload/contract.ts';
import { joined } from '../../shared/commit.ts';

type Asked = Call<(typeof routes)['reserveResource']>;

export const holderOf = ({ id, domain, team }: Actor): Holder => ({ principal: id, domain, team: team ?? null });

/** Reserves an amount of a resource, if it is free for the whole time. */
export const reserveResource = (deps: Deps, call: Asked): Promise<ResourceReservation> =>
  onLatest(async () => {
    const { params, body, actor, now, trace } = call;
    const task = body.task_id === null ? undefined : await requireTask(deps, actor, body.task_id);
    const { from, to, amount, purpose, task_id: taskId } = body;
    const wanted = { from, to, amount, purpose, taskId, resourceId: params.id, dependencyId: null };
    const moment = { now, trace, by: actor.id };
    const { reservation, change } = await booked(deps, { ...wanted, holder: holderOf(actor) }, moment);
    const relied = { writes: task ? [deps.tasks.unchanged(task)] : [], entries: [] };
    return raced(call.commit(joined(change, relied), reservation), dayCameFirst);
  }, bookingAttempts);

async function requireTask({ tasks }: Deps, actor: Actor, id: string): Promise<Task> {
  const [task] = await tasks.tasks([id]);
  if (!task) throw invalid('task_id', `There is no task ${id}.`);
  requireParty(actor, { domain: task.domain, team: task.team }, task);
  if (isOver(task)) throw new Problem('TaskNotOpen', `${task.id} is ${task.state}.`);
  return task;
}
