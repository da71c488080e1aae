import { Problem } from '../shared/errors.ts';
import { type Actor, teamFault } from '../shared/principal.ts';
import type { Refusal } from './model.ts';
import { taskFrom } from './store.ts';
import type { Task } from './task-contract.ts';

/** @throws Problem with the code of the refusal */
export function requireManager(actor: Actor, task: Pick<Task, 'domain' | 'team'>): void {
  const code = teamFault(actor, task);
  if (code !== undefined) throw Problem.titled(code);
}

/** @throws Problem with the code of the refusal, where a rule refused */
export function accepted<T extends { kind: string }>(decision: T | Refusal): Exclude<T, Refusal> {
  if (decision.kind === 'refuse') {
    const { why, detail } = decision as Refusal;
    throw new Problem(why, detail);
  }
  return decision as Exclude<T, Refusal>;
}

/** @throws Problem `NotFound` */
export function foundTask(item: Parameters<typeof taskFrom>[0], id: string): Task {
  const task = taskFrom(item);
  if (!task) throw new Problem('NotFound', `There is no task ${id}.`);
  return task;
}
