import { type Change, Contended, joined } from '../shared/commit.ts';
import { fact } from '../shared/contract.ts';
import type { Write } from '../shared/dynamo.ts';
import { aboutTask, changeOf, claimEnded } from './changes.ts';
import { type Fit, type Lease, type Task, taskAssigned, taskUnassigned } from './contract.ts';
import { idle, type Registered } from './load-model.ts';
import { taskMessage } from './messages.ts';
import { afterClaim, isHeld, revised } from './model.ts';
import type { Deps } from './ports.ts';
import { writes } from './store.ts';

type Given = {
  task: Task;
  lease: Lease | undefined;
  agent: string;
  fit: Fit | null;
  reason: string;
  now: Date;
  /** The agent as the directory has it, where nothing is known of its load yet. */
  fresh?: Registered | undefined;
  /** Only if it has room for it when this is written. */
  ifFree: boolean;
  beside?: readonly Write[];
};

/**
 * A task that is given to an agent. A claim of another ends, and what its holder shows is below the fence from then on; both hear
 * of it. Whether the old holder releases before or after, the task is with the new one in the end.
 */
export function assigned(
  { directory, inbox }: Pick<Deps, 'directory' | 'inbox'>,
  { task, lease, agent, fit, reason, now, fresh, ifFree, beside = [] }: Given,
): { after: Task; change: Change } {
  const left = isHeld(task) ? afterClaim(task, 'reassigned', now) : revised(task, {}, now);
  const state = left.state === 'queued' && left.blocked_by.length > 0 ? ('blocked' as const) : left.state;
  const after = { ...left, assignee: agent, state };
  const step = { before: task, after };
  const from = task.holding?.agent ?? task.assignee;
  const load = fresh && { ...idle(fresh), queued: 1, free: fresh.capacity - 1 };
  const change = changeOf(step, {
    summary: `Assigned to ${agent}`,
    decision: 'assigned',
    reasoning: fit ? `${reason} Score ${fit.score}: ${shown(fit)}.` : reason,
    event: fact(taskAssigned, { ...aboutTask(step), agent, from, reason, score: fit?.score ?? null }),
    beside: [
      ...(isHeld(task) ? claimEnded(lease, 'reassigned', now) : []),
      ...(load ? [writes.newLoad(load)] : []),
      directory.active(agent),
      ...beside,
    ],
    notes: new Map([[agent, { guard: ifFree ? ('free' as const) : undefined }]]),
    without: new Set(load ? [agent] : []),
  });
  const told = [
    taskMessage('task_assigned', agent, after),
    ...(from === null || from === agent ? [] : [taskMessage('task_withdrawn', from, after)]),
  ];
  return { after, change: joined(change, inbox.deliver(told, after.domain, now)) };
}

const shown = ({ parts }: Fit): string =>
  Object.entries(parts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** A task that waits for an agent no more: whoever of its team is free can claim it. */
export function unassigned(task: Task, reason: string, now: Date): Change {
  const step = { before: task, after: revised(task, { assignee: null }, now) };
  return changeOf(step, {
    summary: `Open to ${task.team} again`,
    decision: 'unassigned',
    reasoning: reason,
    event: fact(taskUnassigned, { ...aboutTask(step), agent: task.assignee ?? '', reason }),
  });
}

/**
 * Gives a task to the first of those that fit who has room for it when that is written: the index of candidates lags by moments.
 * @returns undefined where none of them has
 */
export async function toFirstFree<T>(fits: readonly Fit[], give: (fit: Fit) => Promise<T>): Promise<T | undefined> {
  for (const fit of fits) {
    try {
      return await give(fit);
    } catch (error) {
      if (!(error instanceof Contended)) throw error;
    }
  }
  return undefined;
}
