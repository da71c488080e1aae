import type { Change } from '../shared/commit.ts';
import { fact } from '../shared/contract.ts';
import type { Item, Key, Write } from '../shared/dynamo.ts';
import type { Core } from '../shared/runtime.ts';
import { aboutTask, changeOf, claimEnded, gateMoved } from './changes.ts';
import { taskBound, taskTransferred, taskUnbound } from './events.ts';
import { idle, type Registered } from './load-model.ts';
import { afterClaim, isHeld, isOver, type Refusal, revised, withBlocker, withoutBlocker } from './model.ts';
import { keys, taskFrom, workloadStore, writes } from './store.ts';
import type { Blocker, Lease, Task } from './task-contract.ts';

/** To whom a task goes. */
export type Recipient = { domain: string; team: string; assignee: string | null };
/** A task with its live claim, where there is one. */
export type Held = { task: Task; lease: Lease | undefined };

/**
 * What other slices do with tasks, wired in their entry files. Each change carries the task one version on, with its entry,
 * and belongs into the transaction of whatever it is for; a task that changed since it was read refuses that with
 * `VersionConflict`.
 */
export const workloadPort = ({ state }: Pick<Core, 'state'>) => {
  const store = workloadStore(state);
  return {
    /** For reading a task in the batch of a request; `taskFrom` reads what came of it. */
    keyOf: (id: string): Key => keys.task(id),
    taskFrom: (item: Item | undefined): Task | undefined => taskFrom(item),
    task: store.task,
    /** In the order of the ids. */
    tasks: store.tasks,
    /** Tasks with their live claims, in the order of the ids. */
    held: store.held,
    /** Whether the load of an agent is counted already: nothing can be brought to one that is not. */
    hasLoad: async (agent: string): Promise<boolean> => (await store.load(agent)) !== undefined,
    /** The load of an agent that had no work before. */
    newLoad: (agent: Registered): Write => writes.newLoad(idle(agent)),
    /** Member of a transaction that is refused when the task is not any more as it was read. */
    unchanged: (task: Task): Write => writes.unchanged(task),
    blocked,
    unblocked,
    bound,
    unbound,
    transferred,
  };
};

/** A blocking dependency in the way of a task, which must be waiting. */
function blocked(task: Task, blocker: Blocker, now: Date): { kind: 'blocked'; change: Change } | Refusal {
  const decision = withBlocker(task, blocker, now);
  if (decision.kind === 'refuse') return decision;
  const step = { before: task, after: decision.next };
  return { kind: 'blocked', change: gateMoved(step, blocker.dependency_id, blocker.task_id) };
}

/** A blocking dependency out of the way; nothing to be changed where it was not. */
function unblocked(task: Task, dependencyId: string, now: Date): Change {
  const on = task.blocked_by.find(({ dependency_id }) => dependency_id === dependencyId)?.task_id;
  const after = withoutBlocker(task, dependencyId, now);
  if (!after || on === undefined) return { writes: [], entries: [] };
  return gateMoved({ before: task, after }, dependencyId, on);
}

/** A task that is part of a handoff from now on. It goes on as it is; its owner does not change. */
function bound(task: Task, handoffId: string, now: Date): { kind: 'bound'; change: Change } | Refusal {
  if (isOver(task)) return { kind: 'refuse', why: 'TaskNotOpen', detail: `${task.id} is ${task.state}.` };
  if (task.handoff_id !== null)
    return { kind: 'refuse', why: 'TaskInHandoff', detail: `${task.id} is part of ${task.handoff_id}.` };
  const step = { before: task, after: revised(task, { handoff_id: handoffId }, now) };
  const event = fact(taskBound, { ...aboutTask(step), handoff_id: handoffId });
  return { kind: 'bound', change: changeOf(step, { summary: `Part of ${handoffId}`, decision: 'bound', event }) };
}

/** A task whose handoff ended without moving it. */
function unbound(task: Task, handoffId: string, now: Date): Change {
  if (task.handoff_id !== handoffId) return { writes: [], entries: [] };
  const step = { before: task, after: revised(task, { handoff_id: null }, now) };
  const event = fact(taskUnbound, { ...aboutTask(step), handoff_id: handoffId });
  return changeOf(step, { summary: `Stays: ${handoffId} ended`, decision: 'unbound', event });
}

/**
 * A task that belongs to others from now on. The claim of whoever held it ends, and what its holder shows from then on is
 * below the fence. A task that is over by now moves as it is. At most 6 members of a transaction.
 */
function transferred({ task, lease }: Held, to: Recipient, handoffId: string, now: Date): Change {
  const owner = { domain: to.domain, team: to.team, handoff_id: null };
  const waits = isHeld(task) ? afterClaim(task, 'handed_over', now) : task;
  const isClosed = isOver(task) || task.state === 'review';
  const assignee = isClosed ? task.assignee : to.assignee;
  const fence = isHeld(task) ? waits.fence : task.fence + 1;
  const state = waits.state === 'queued' && waits.blocked_by.length > 0 ? ('blocked' as const) : waits.state;
  const after = { ...revised(task, {}, now), ...pick(waits), ...owner, assignee, fence, state };
  const step = { before: task, after };
  const event = fact(taskTransferred, {
    ...aboutTask(step),
    handoff_id: handoffId,
    from_domain: task.domain,
    from_team: task.team,
    from_agent: task.holding?.agent ?? task.assignee,
  });
  const summary = `Handed over from ${task.team} to ${to.team}`;
  return changeOf(step, {
    summary,
    decision: 'transferred',
    event,
    beside: isHeld(task) ? claimEnded(lease, 'handed_over', now) : [],
  });
}

/** What the end of a claim changes of a task, but its version. */
const pick = ({ holding, worked_by, queued_at, ended_at, state }: Task) => ({
  holding,
  worked_by,
  queued_at,
  ended_at,
  state,
});
