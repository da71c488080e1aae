import { aboutTask, changeOf, created } from '../../functions/workload/changes.ts';
import {
  type Task,
  taskCancelled,
  taskCompleted,
  taskFailed,
  taskReleased,
  NewTask,
} from '../../functions/workload/contract.ts';
import { newTask, revised } from '../../functions/workload/model.ts';
import { workloadStore } from '../../functions/workload/store.ts';
import { fact, type Fact } from '../../functions/shared/contract.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import { agentOf } from './organization.ts';
import { coreHere } from './slices.ts';
import { world } from './world.ts';

let made = 0;

type Wanted = { domain?: string; team?: string; by?: string } & Record<string, unknown>;

/** A task that was put into the queue of a team, of the first agent of the domain where none is named. */
export async function aTask({ domain = 'product', team, by, ...given }: Wanted = {}, change: Partial<Task> = {}) {
  made += 1;
  const { commit } = await coreHere();
  const now = new Date();
  const agent = agentOf(domain);
  const id = `TASK-${now.getTime().toString(36)}-${made}`;
  const at = { id, domain, team: team ?? agent.team, createdBy: by ?? agent.id, now };
  const task = { ...newTask(NewTask.parse({ title: `Task ${made}`, ...given }), at), ...change };
  await commit(created(task), { actor: at.createdBy, now, trace: continueTrace(undefined) });
  return task;
}

/** A task as it is stored now. */
export async function taskNow(id: string): Promise<Task> {
  const task = await workloadStore(world().state).task(id);
  if (!task) throw new Error(`there is no task ${id}`);
  return task;
}

/** A task that moved on, as its own slice would have it; the load of agents is left as it is. */
export async function moved(id: string, change: Partial<Task>, event: (about: Told) => Fact): Promise<Task> {
  const { commit } = await coreHere();
  const now = new Date();
  const before = await taskNow(id);
  const after = revised(before, change, now);
  const agents = [before, after].flatMap(({ assignee, holding }) => [assignee ?? '', holding?.agent ?? '']);
  const told = { summary: 'Moved', decision: 'moved', event: event(aboutTask({ before, after })) };
  const context = { actor: after.created_by, now, trace: continueTrace(undefined) };
  await commit(changeOf({ before, after }, { ...told, without: new Set(agents) }), context);
  return after;
}
type Told = ReturnType<typeof aboutTask>;

const at = (): string => new Date().toISOString();

/** The ends of a task, and a step back. */
export const ends = {
  done: (id: string, by: string, result = 'It is there.') =>
    moved(id, { state: 'done', result, worked_by: by, ended_at: at(), holding: null }, (about) =>
      fact(taskCompleted, { ...about, agent: by, minutes: 1 }),
    ),
  failed: (id: string, by: string) =>
    moved(id, { state: 'failed', worked_by: by, ended_at: at(), holding: null }, (about) =>
      fact(taskFailed, { ...about, agent: by, token: 1, reason: 'It cannot be done.' }),
    ),
  cancelled: (id: string) =>
    moved(id, { state: 'cancelled', ended_at: at(), holding: null }, (about) =>
      fact(taskCancelled, { ...about, agent: null, reason: 'Nobody wants it.' }),
    ),
  released: (id: string, by: string) =>
    moved(id, { state: 'queued', queued_at: at(), holding: null }, (about) =>
      fact(taskReleased, { ...about, agent: by, token: 1, reason: 'Something else comes first.' }),
    ),
} as const;
