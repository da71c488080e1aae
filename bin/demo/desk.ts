import type { Assignment, Task } from '../../functions/workload/contract.ts';
import { chanceOf } from './chance.ts';
import { type Call, everyItem } from './http.ts';
import type { PlannedTask, TaskSpec } from './plan.ts';

/** What an orchestrator does with tasks: it puts work into queues, gives it to agents, takes it back, and reviews it. */
export function desk(seed: string, call: Call) {
  const reviewed = new Set<string>();

  const create = async (task: TaskSpec): Promise<boolean> =>
    (await call('POST', '/tasks', { body: task })).status === 201;

  /** Gives a task to an agent by name. */
  const give = async (task: string, agent: string): Promise<boolean> =>
    (await call('POST', `/tasks/${task}/assignment`, { body: { agent } })).status === 200;

  /** @returns what happened, if anything did */
  async function followUp({ task, later }: PlannedTask): Promise<string | undefined> {
    if (later === 'cancel') {
      const body = { reason: 'The customer does not want it any more.' };
      const { status } = await call('POST', `/tasks/${task.id}/cancellation`, { body });
      return status === 200 ? `${task.id} is given up` : undefined;
    }
    const { status, body } = await call<Assignment>('POST', `/tasks/${task.id}/assignment`, { body: {} });
    const what = later === 'reassign' ? 'now' : '';
    return status === 200 ? `${task.id} is ${what} for ${String(body.task.assignee)}`.replace('  ', ' ') : undefined;
  }

  async function review(domain: string): Promise<void> {
    for (const task of await everyItem<Task>(call, `/tasks?domain=${domain}&state=review&limit=100`)) {
      const once = `${task.id}/${String(task.revisions)}`;
      if (reviewed.has(once)) continue;
      reviewed.add(once);
      const isGood = task.revisions > 0 || chanceOf(`${seed}/review/${once}`).next() < 0.75;
      const body = isGood
        ? { verdict: 'accept', reason: 'Good.' }
        : { verdict: 'revise', reason: 'A test is missing.' };
      await call('POST', `/tasks/${task.id}/review`, { body });
    }
  }

  return { create, give, followUp, review };
}
