import type { Item } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type { Bindings, Call } from '../../shared/serve.ts';
import { admissionKeys } from '../../shared/principal.ts';
import { scalingActions } from '../capacity-actions-model.ts';
import type { CapacityReport, capacityRoutes } from '../capacity-contract.ts';
import { allWork, bottlenecksOf, capacityOf, historyOf, noQueue, type Queue } from '../capacity-model.ts';
import type { Supplies } from '../capacity-store.ts';
import type { Demands } from '../demand-store.ts';
import type { Workload } from '../store.ts';
import type { Task } from '../task-contract.ts';

type Deps = {
  store: Pick<Workload, 'ofDomain'>;
  demands: Pick<Demands, 'skills' | 'days'>;
  supplies: Pick<Supplies, 'ofDomain'>;
};

/** Each costs a query; a question for one skill finds those beyond. */
const mostSkills = 100;
const atOnce = 8;
const queuePage = 500;
const queuePages = 4;

/** How demand and supply of a domain stand, skill by skill, and what to do about it. */
export async function reportCapacity(
  deps: Deps,
  { params, query, now }: Call<(typeof capacityRoutes)['reportCapacity']>,
  [domainItem]: readonly (Item | undefined)[],
): Promise<CapacityReport> {
  const { domain } = params;
  if (!domainItem) throw new Problem('NotFound', `There is no domain ${domain}.`);
  const [demanded, supply, { queues, complete }] = await Promise.all([
    deps.demands.skills(domain, 2 * mostSkills),
    deps.supplies.ofDomain(domain, 2 * mostSkills),
    queuesOf(deps, domain, now),
  ]);
  const all = [...new Set([allWork, ...[...demanded, ...supply.keys(), ...queues.keys()].toSorted()])];
  const asked = query.skill === undefined ? all : [allWork, query.skill];
  const { days, today } = historyOf(now);
  const skills = await inParallel(asked.slice(0, mostSkills), atOnce, async (skill) => {
    const demand = await deps.demands.days(domain, skill, days[0] ?? today, today);
    const known = { agents: 0, capacity: 0, ...supply.get(skill) };
    return capacityOf({ skill, demand, supply: known, queue: queues.get(skill) ?? noQueue }, now);
  });
  return {
    domain,
    at: now.toISOString(),
    skills,
    bottlenecks: bottlenecksOf(skills),
    scaling_actions: scalingActions(skills),
    complete: complete && asked.length <= mostSkills,
  };
}

/** What waits to be claimed, by skill; of a very long queue its oldest part. */
async function queuesOf({ store }: Deps, domain: string, now: Date) {
  const queues = new Map<string, Queue>();
  let after: Item | undefined;
  for (let page = 0; page < queuePages; page += 1) {
    const { tasks, last } = await store.ofDomain(domain, 'queued', queuePage, after);
    for (const task of tasks)
      for (const skill of skillsOf(task)) queues.set(skill, longer(queues.get(skill), task, now));
    after = last;
    if (!after) break;
  }
  return { queues, complete: after === undefined };
}

const skillsOf = ({ required_skills }: Task): string[] => [allWork, ...required_skills.map(({ name }) => name)];

function longer(queue: Queue = noQueue, task: Task, now: Date): Queue {
  const waits = Math.max(0, Math.floor((now.getTime() - Date.parse(task.queued_at ?? task.created_at)) / 60_000));
  return {
    tasks: queue.tasks + 1,
    minutes: queue.minutes + task.estimate_minutes,
    oldest_wait_minutes: Math.max(queue.oldest_wait_minutes, waits),
  };
}

/** Which operation answers which route of capacity, and what it reads together with its caller. */
export const capacityBindings = (deps: Deps): Bindings<typeof capacityRoutes> => ({
  reportCapacity: {
    load: (_, { params }) => [admissionKeys.domain(params.domain)],
    run: (call, loaded) => reportCapacity(deps, call, loaded),
  },
});
