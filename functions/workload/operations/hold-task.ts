import { addSeconds } from '../../shared/clock.ts';
import { fact } from '../../shared/contract.ts';
import type { Item, Key } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import { aboutTask, changeOf } from '../changes.ts';
import { type Lease, type routes, type Task, taskStarted } from '../contract.ts';
import { foundTask } from '../guards.ts';
import { revised, tokenFault } from '../model.ts';
import type { Deps } from '../ports.ts';
import { keys, leaseFrom, writes } from '../store.ts';
import { onLoaded } from '../../shared/again.ts';

type Loaded = readonly (Item | undefined)[];

export const holdKeys = (id: string): Key[] => [keys.task(id), keys.lease(id)];

/**
 * A task and its live claim, which is that of the agent and the token.
 * @throws Problem `NotFound`, `StaleToken`
 */
export function holding([taskItem, leaseItem]: Loaded, id: string, agent: string, token: number) {
  const task = foundTask(taskItem, id);
  const lease = leaseFrom(leaseItem);
  const fault = tokenFault(lease, agent, token);
  if (fault || !lease) throw new Problem('StaleToken', fault?.detail ?? '');
  return { task, lease };
}

/** Renews the lease. Nothing changes by that but the time that it ends, so there is nothing to be entered in the ledger. */
export function renewLease(
  deps: Pick<Deps, 'read' | 'leaseSeconds'>,
  call: Call<(typeof routes)['renewLease']>,
  loaded: Loaded,
): Promise<Lease> {
  const { actor, body, now, params } = call;
  const read = () => deps.read(holdKeys(params.id));
  return onLoaded(loaded, read, async (items) => {
    const { lease } = holding(items, params.id, actor.id, body.token);
    const expires_at = addSeconds(now, deps.leaseSeconds).toISOString();
    const next = { ...lease, version: lease.version + 1, expires_at, progress: body.progress ?? lease.progress };
    return call.commit({ writes: [writes.lease(next, lease)], entries: [] }, next);
  });
}

/** Says that the work has begun. */
export async function startTask(call: Call<(typeof routes)['startTask']>, loaded: Loaded): Promise<Task> {
  const { actor, body, now, params } = call;
  const { task, lease } = holding(loaded, params.id, actor.id, body.token);
  if (task.state !== 'claimed') throw new Problem('TaskNotOpen', `It is ${task.state}.`);
  const step = { before: task, after: revised(task, { state: 'running' }, now) };
  const event = fact(taskStarted, { ...aboutTask(step), agent: actor.id, token: lease.token });
  return call.commit(changeOf(step, { summary: `Begun by ${actor.id}`, decision: 'started', event }), step.after);
}
