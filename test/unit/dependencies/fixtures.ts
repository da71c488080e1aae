import type { Dependency } from '../../../functions/dependencies/contract.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';
import { NewTask, type Task } from '../../../functions/workload/contract.ts';
import { newTask } from '../../../functions/workload/model.ts';

export const start = new Date('2026-11-22T09:00:00.000Z');
/** So many minutes after the start. */
export const at = (minutes: number): Date => addSeconds(start, minutes * 60);
export const iso = (minutes: number): string => at(minutes).toISOString();

export const aTask = (id: string, more: Partial<Task> = {}): Task => ({
  ...newTask(NewTask.parse({ title: id }), { id, domain: 'product', team: 'checkout', createdBy: 'agt_1', now: start }),
  ...more,
});

/** A blocking dependency of TASK-A on TASK-B that is needed after 600 minutes, and of which the provider was told. */
export const aDependency = (more: Partial<Dependency> = {}): Dependency => ({
  id: 'dep_01a2052e-8e1e-76af-9d67-32bf018b0d33',
  version: 2,
  type: 'blocking',
  state: 'notified',
  task_id: 'TASK-A',
  dependent: { domain: 'product', team: 'checkout' },
  on: 'TASK-B',
  provider: { domain: 'platform', team: 'data-platform' },
  booking: null,
  interface: 'An endpoint.',
  needed_by: iso(600),
  eta: null,
  eta_given_at: null,
  alert: null,
  classification: 'internal',
  registered_by: 'agt_1',
  registered_at: iso(0),
  notified_at: iso(0),
  tracked_at: null,
  acknowledged_by: null,
  delayed_at: null,
  resolved_at: null,
  resolved_by: null,
  delivered: null,
  returned_at: null,
  ended_at: null,
  ended_by: null,
  reason: null,
  ...more,
});
