import { randomUUID } from 'node:crypto';
import { changeOf, aboutTask, created } from '../../functions/workload/changes.ts';
import { type Lease, NewTask, type Task, taskClaimed } from '../../functions/workload/contract.ts';
import { newTask, revised } from '../../functions/workload/model.ts';
import { writes } from '../../functions/workload/store.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { fact } from '../../functions/shared/contract.ts';
import type { Core } from '../../functions/shared/runtime.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import { example } from './organization.ts';
import { coreHere } from './slices.ts';

const domainOf = new Map(example.teams.map(({ id, domain }) => [id, domain]));

const contextOf = (core: Core, actor: string) => ({ actor, now: core.now(), trace: continueTrace(undefined) });

/** A task of a team, put into its queue. */
export async function aTask(team: string, more: Partial<NewTask> = {}): Promise<Task> {
  const core = await coreHere();
  const given = NewTask.parse({ title: `Work of ${team}`, ...more });
  const domain = domainOf.get(team) ?? 'product';
  const id = more.id ?? `TASK-${randomUUID()}`;
  const task = newTask(given, { id, domain, team, createdBy: 'orc_product', now: core.now() });
  await core.commit(created(task), contextOf(core, 'orc_product'));
  return task;
}

/** The task with an agent that works on it, as a claim leaves it. */
export async function claimed(task: Task, agent: string): Promise<Task> {
  const core = await coreHere();
  const now = core.now();
  const token = task.fence + 1;
  const at = now.toISOString();
  const holding = { agent, token, claimed_at: at };
  const after = revised(task, { state: 'claimed', holding, fence: token, attempts: 1, started_at: at }, now);
  const lease: Lease = {
    task_id: task.id,
    version: 1,
    agent,
    token,
    domain: task.domain,
    team: task.team,
    claimed_at: at,
    expires_at: addSeconds(now, 3_600).toISOString(),
    progress: null,
    reservation: { state: 'reserved', amounts: {}, expires_at: addSeconds(now, 3_600).toISOString(), charges: [] },
  };
  const step = { before: task, after };
  const event = fact(taskClaimed, { ...aboutTask(step), agent, token });
  const told = { summary: `Claimed by ${agent}`, decision: 'claimed', event, beside: [writes.lease(lease)] };
  await core.commit(changeOf(step, { ...told, without: new Set([agent]) }), contextOf(core, agent));
  return after;
}
