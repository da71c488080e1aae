import { isDeepStrictEqual } from 'node:util';
import { fact } from '../../shared/contract.ts';
import type { Item } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import { aboutTask, changeOf, claimEnded } from '../changes.ts';
import { type routes, type Task, taskCancelled, taskChanged } from '../contract.ts';
import { foundTask, requireManager } from '../guards.ts';
import { taskMessage } from '../messages.ts';
import { afterClaim, isHeld, isOver, isWaiting, revised } from '../model.ts';
import type { Deps } from '../ports.ts';
import { leaseFrom } from '../store.ts';
import { joined } from '../../shared/commit.ts';

type Loaded = readonly (Item | undefined)[];

/** Changes what a task asks for, while it waits: who works on it began with what it said. */
export async function changeTask(call: Call<(typeof routes)['changeTask']>, [taskItem]: Loaded): Promise<Task> {
  const { actor, body, now, params, version } = call;
  const before = foundTask(taskItem, params.id);
  requireManager(actor, before);
  if (version !== before.version) throw new Problem('PreconditionFailed', `The record has version ${before.version}.`);
  const given = Object.entries(body).filter(([name, value]) => !isDeepStrictEqual(before[name as keyof Task], value));
  if (given.length === 0) return before;
  if (!isWaiting(before)) throw new Problem('TaskNotOpen', `It is ${before.state}.`);
  const step = {
    before,
    after: revised(
      before,
      { ...Object.fromEntries(given), ...(body.due_at === undefined ? {} : { late: false }) },
      now,
    ),
  };
  const changed = given.map(([name]) => name).toSorted();
  const event = fact(taskChanged, { ...aboutTask(step), changed });
  const summary = `Changed (${changed.join(', ')})`;
  return call.commit(changeOf(step, { summary, decision: 'changed', event }), step.after);
}

/** Gives a task up. Whoever works on it, or was to, is told. */
export async function cancelTask(
  { inbox }: Pick<Deps, 'inbox'>,
  call: Call<(typeof routes)['cancelTask']>,
  [taskItem, leaseItem]: Loaded,
): Promise<Task> {
  const { actor, body, now, params } = call;
  const before = foundTask(taskItem, params.id);
  requireManager(actor, before);
  if (isOver(before)) throw new Problem('TaskNotOpen', `It is ${before.state}.`);
  const agent = before.holding?.agent ?? before.assignee;
  const after = afterClaim(before, 'cancelled', now);
  const step = { before, after };
  const change = changeOf(step, {
    summary: `Cancelled by ${actor.id}`,
    decision: 'cancelled',
    reasoning: body.reason,
    event: fact(taskCancelled, { ...aboutTask(step), agent, reason: body.reason }),
    beside: isHeld(before) ? claimEnded(leaseFrom(leaseItem), 'cancelled', now) : [],
  });
  const told = agent === null || agent === actor.id ? [] : [taskMessage('task_withdrawn', agent, after)];
  return call.commit(joined(change, inbox.deliver(told, after.domain, now)), after);
}
