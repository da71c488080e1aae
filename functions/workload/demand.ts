import { onLatest, raced } from '../shared/again.ts';
import type { Change } from '../shared/commit.ts';
import { type Delivery, on, type Subscription } from '../shared/consume.ts';
import { anySkill } from './candidate-store.ts';
import type { Demand, Demands } from './demand-store.ts';
import { taskCompleted, taskCreated } from './events.ts';

type About = { task_id: string; domain: string; skills: readonly string[] };

const demandOfTask = ({ task_id, domain, skills }: About, at: string, add: Demand['add']): Demand => ({
  task: task_id,
  domain,
  skills: [...new Set([anySkill, ...skills])],
  at,
  add,
});

/** What a task that came adds to the demand of its domain, under each of its skills and under all work together. */
const broughtBy = (data: About & { estimate_minutes: number }, at: string): Demand =>
  demandOfTask(data, at, { created: 1, completed: 0, minutes: data.estimate_minutes });

/** What a task that is done adds. */
const doneBy = (data: About, at: string): Demand => demandOfTask(data, at, { created: 0, completed: 1, minutes: 0 });

type Written = (change: Change) => Promise<unknown>;

/** What is written along with a count, in its transaction: `write` is given the rest of it, and may be called again. */
export type Along = (agents: readonly string[], write: Written) => Promise<void>;

const alone: Along = (_, write) =>
  onLatest(async () => {
    await raced(write({ writes: [], entries: [] }));
  });

/**
 * Counts demand once per event: the counters and the record of the event are one transaction.
 * @param along what else is done about a task that is done, since one event is consumed by one transaction
 */
export const demandOf = (demands: Pick<Demands, 'counting'>, along: Along = alone): Subscription[] => {
  const counted = (demand: Demand, { commit }: Delivery): Written => {
    return async ({ writes, entries }) => commit({ writes: [...writes, ...(await demands.counting(demand))], entries });
  };
  return [
    on(taskCreated, ({ data, time }, delivery) => alone([], counted(broughtBy(data, time), delivery))),
    on(taskCompleted, ({ data, time }, delivery) => {
      const agents = [data.agent, data.assignee].filter((one) => one !== null);
      return along(agents, counted(doneBy(data, time), delivery));
    }),
  ];
};
