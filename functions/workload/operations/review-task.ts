import { fact } from '../../shared/contract.ts';
import type { Item } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import { aboutTask, changeOf } from '../changes.ts';
import { type routes, type Task, taskCompleted, taskReturned } from '../contract.ts';
import { foundTask, requireManager } from '../guards.ts';
import { taskMessage } from '../messages.ts';
import { revised } from '../model.ts';
import type { Deps } from '../ports.ts';
import { joined } from '../../shared/commit.ts';

type Asked = Call<(typeof routes)['reviewTask']>;

/** Accepts work, or sends it back to who did it: that is told, and has the task again. */
export async function reviewTask(
  { inbox }: Pick<Deps, 'inbox'>,
  call: Asked,
  [taskItem]: readonly (Item | undefined)[],
): Promise<Task> {
  const { actor, body, now, params } = call;
  const before = foundTask(taskItem, params.id);
  requireManager(actor, before);
  if (before.worked_by === actor.id) throw new Problem('OwnWork', `${actor.id} did the work.`);
  if (before.state !== 'review') throw new Problem('TaskNotOpen', `It is ${before.state}.`);
  const at = now.toISOString();
  const isDone = body.verdict === 'accept';
  const agent = before.worked_by;
  const after = isDone
    ? revised(before, { state: 'done', ended_at: at }, now)
    : revised(before, { state: 'queued', queued_at: at, assignee: agent, revisions: before.revisions + 1 }, now);
  const step = { before, after };
  const event = isDone
    ? fact(taskCompleted, { ...aboutTask(step), agent, minutes: 0 })
    : fact(taskReturned, { ...aboutTask(step), agent, reason: body.reason });
  const change = changeOf(step, {
    summary: isDone ? `Accepted by ${actor.id}` : `Sent back by ${actor.id}`,
    decision: isDone ? 'accepted' : 'returned',
    reasoning: body.reason,
    event,
    notes: new Map(agent !== null && !isDone ? [[agent, { tally: { revised: 1 } }]] : []),
  });
  const told = isDone || agent === null ? [] : [taskMessage('task_assigned', agent, after)];
  return call.commit(joined(change, inbox.deliver(told, after.domain, now)), after);
}
