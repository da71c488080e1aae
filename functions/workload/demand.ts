import { onLatest } from '../shared/again.ts';
import { type Delivery, on, type Subscription } from '../shared/consume.ts';
import { anySkill } from './candidate-store.ts';
import type { Demand, Demands } from './demand-store.ts';
import { taskCompleted, taskCreated } from './events.ts';
import { raced } from './guards.ts';

type About = { task_id: string; domain: string; skills: readonly string[] };

const demandOfTask = ({ task_id, domain, skills }: About, at: string, add: Demand['add']): Demand => ({
  task: task_id,
  domain,
  skills: [...new Set([anySkill, ...skills])],
  at,
  add,
});

/** What a task that came adds to the demand of its domain, under each of its skills and under all work together. */
export const broughtBy = (data: About & { estimate_minutes: number }, at: string): Demand =>
  demandOfTask(data, at, { created: 1, completed: 0, minutes: data.estimate_minutes });

/** What a task that is done adds. */
export const doneBy = (data: About, at: string): Demand =>
  demandOfTask(data, at, { created: 0, completed: 1, minutes: 0 });

/** Counts demand once per event: the counters and the record of the event are one transaction. */
export const demandOf = (demands: Pick<Demands, 'counting'>): Subscription[] => {
  const count = (demand: Demand, delivery: Delivery): Promise<void> =>
    onLatest(async () => raced(delivery.commit({ writes: await demands.counting(demand), entries: [] })));
  return [
    on(taskCreated, ({ data, time }, delivery) => count(broughtBy(data, time), delivery)),
    on(taskCompleted, ({ data, time }, delivery) => count(doneBy(data, time), delivery)),
  ];
};
