import { setTimeout as sleep } from 'node:timers/promises';
import type { Write } from '../../functions/shared/dynamo.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import type { Claim, Task } from '../../functions/workload/contract.ts';
import { agentItems, agentOf, type Home, teamItems, unitItems } from './population.ts';
import { quietly } from './quiet.ts';
import { atMost, type Figure } from './report.ts';
import { type WorkloadBench, workloadBench } from './workload.ts';
import { crew, crewAgent, standingItems } from './workforce.ts';

/** A task must be claimable so many seconds after the lease of a killed worker at the latest. */
const most = 60;
/** Leases whose ends are spread over a round of the sweeper; none is shorter than that. */
const tasks = 12;
const secondsBetween = 5;
const firstLease = 60;
const [worker, heir] = [crewAgent(0), crewAgent(1)];

type Env = Record<string, string>;

/** The crew's team, the worker and the heir in the deployed tables; the worker has room for all of the tasks. */
async function populate({ core }: WorkloadBench): Promise<void> {
  const now = core.now();
  const agents = [worker, heir].map((home, n) => ({ ...agentOf(home, n, now), capacity: tasks }));
  const items = agents.flatMap((agent) => [...agentItems(agent), ...standingItems(agent, 0, now)]);
  const puts = [...unitItems(), ...teamItems(crew.team, crew.domain), ...items].map((row): Write => {
    const { pk, sk, ...item } = row;
    return { kind: 'put', key: { pk: String(pk), sk: String(sk) }, item };
  });
  await core.commit({ writes: puts, entries: [] }, { actor: 'bench', now, trace: continueTrace(undefined) });
}

const newTask = async ({ must }: WorkloadBench): Promise<string> => {
  const body = { title: 'Raise the connection pool' };
  return ((await must(201, worker, 'POST', '/tasks', body)) as Task).id;
};

const claimOf = async ({ must }: WorkloadBench, agent: Home, task: string): Promise<Claim> =>
  must(201, agent, 'POST', `/tasks/${task}/claims`);

const beyond = (lease: string): number => (Date.now() - new Date(lease).getTime()) / 1_000;

/** Seconds after the lease of a worker that never spoke again until the claim of another succeeds. */
async function untilClaimed(bench: WorkloadBench): Promise<number> {
  const task = await newTask(bench);
  const { expires_at } = await claimOf(bench, worker, task);
  for (;;) {
    const { status, body } = await bench.ask(heir, 'POST', `/tasks/${task}/claims`);
    if (status === 201) {
      const { token } = body as Claim;
      await bench.must(200, heir, 'POST', `/tasks/${task}/completion`, { token, result: 'Done.' });
      return beyond(expires_at);
    }
    if (status !== 409) throw new Error(`${status}: ${JSON.stringify(body)}`);
    await sleep(100);
  }
}

/** Seconds after its lease until the sweeper, as deployed, has put each task where another agent finds it. */
async function untilListed(benchWith: (leaseSeconds: number) => Promise<WorkloadBench>): Promise<number[]> {
  const ends = new Map<string, string>();
  for (let n = 0; n < tasks; n += 1) {
    const bench = await benchWith(firstLease + secondsBetween * n);
    const task = await newTask(bench);
    const { expires_at } = await claimOf(bench, worker, task);
    ends.set(task, expires_at);
  }
  const bench = await benchWith(most);
  const found: number[] = [];
  while (ends.size > 0) {
    const work: { claimable: Task[] } = await bench.must(200, heir, 'GET', `/agents/${heir.id}/work`);
    for (const { id } of work.claimable) {
      const end = ends.get(id);
      if (end === undefined) continue;
      found.push(beyond(end));
      ends.delete(id);
    }
    if ([...ends.values()].some((end) => beyond(end) > 5 * most)) throw new Error('the sweeper is not running');
    await sleep(500);
  }
  return found;
}

/** How long a task of a killed worker is lost to others, on the deployed tables. */
export const reclaimFigures = (env: Env): Promise<Figure[]> =>
  quietly(async () => {
    const benchWith = (leaseSeconds: number) => workloadBench(undefined, env, { leaseSeconds });
    const short = await benchWith(2);
    await populate(short);
    const claimed = await Promise.all(Array.from({ length: 5 }, () => untilClaimed(short)));
    const listed = await untilListed(benchWith);
    const unit = 's beyond the lease';
    return [
      {
        name: 'lease.reclaim_seconds',
        value: Math.max(...claimed),
        unit,
        target: atMost(most),
        against: `Slowest of ${claimed.length} tasks whose worker went silent after its claim: until the claim of another agent, which tries every 0.1 s through the function's handler, succeeds. No sweep is waited for.`,
      },
      {
        name: 'lease.listed_seconds',
        value: Math.max(...listed),
        unit,
        target: atMost(most),
        against: `Slowest of ${tasks} such tasks with leases of ${firstLease} s and more that end ${secondsBetween} s apart, until GET /agents/{id}/work of another agent, asked every 0.5 s, lists it as claimable: the sweeper, as deployed, by its schedule of a minute.`,
      },
    ];
  });
