import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../functions/shared/dynamo.ts';
import type { Task } from '../../functions/workload/contract.ts';
import { workloadStore, writes } from '../../functions/workload/store.ts';
import { sendTogether } from '../support/gate.ts';
import type { Home } from './population.ts';
import { agentItems, agentOf, itemsOf, teamItems } from './population.ts';
import { quietly } from './quiet.ts';
import { atMost, exactly, type Figure } from './report.ts';
import { type WorkloadBench, workloadBench } from './workload.ts';
import { crew, crewAgent, openTask, standingItems } from './workforce.ts';
import type { World } from './worlds.ts';

const claimants = 1_000;
const takers = 200;
const tasks = 100;
const stormTask = 'BENCH-storm';
const taskAt = (n: number): string => `BENCH-crowd-${n}`;

/** A team of 1,000 agents with a task for the storm, and a queue that 200 of them empty. */
export function* crewItems(now: Date): Generator<Item, void, undefined> {
  yield* teamItems(crew.team, crew.domain);
  for (let n = 0; n < claimants; n += 1) {
    const agent = agentOf(crewAgent(n), n, now);
    yield* agentItems(agent);
    yield* standingItems(agent, 0, now);
  }
  const ids = [stormTask, ...Array.from({ length: tasks }, (_, n) => taskAt(n))];
  for (const id of ids) yield* itemsOf([writes.create(openTask(id, crew, now))]);
}

const claim = ({ ask }: WorkloadBench, agent: Home, task: string) => ask(agent, 'POST', `/tasks/${task}/claims`);

/** As many connections as DynamoDB would be asked over by so many functions. */
const client = (): DynamoDBClient =>
  new DynamoDBClient({ requestHandler: { httpAgent: { maxSockets: 200 }, socketAcquisitionWarningTimeout: 600_000 } });

/** Claims of one task by 1,000 agents, all of which have read that it waits before the first of them is written. */
async function storm(world: World, env: Record<string, string>): Promise<Figure> {
  const dynamo = client();
  sendTogether(dynamo, claimants);
  const bench = await workloadBench(world, env, { client: dynamo });
  const answers = await Promise.all(Array.from({ length: claimants }, (_, n) => claim(bench, crewAgent(n), stormTask)));
  dynamo.destroy();
  const won = answers.filter(({ status }) => status === 201).length;
  const told = Map.groupBy(
    answers.filter(({ status }) => status !== 201),
    ({ status, body }) => `${status} ${body.code}`,
  );
  const others = [...told].map(([code, all]) => `${all.length} ${code}`).join(', ');
  const task = await workloadStore(bench.core.state).task(stormTask);
  if (task?.attempts !== won || task.fence !== won) throw new Error(`${won} won, but: ${JSON.stringify(task)}`);
  const count = claimants.toLocaleString('en-US');
  return {
    name: 'claim.storm',
    value: won,
    unit: 'winners',
    target: exactly(1),
    against: `Of ${count} concurrent claims of ${count} agents on one task through the function's handler, in one process, on the local DynamoDB; none was written before all of them had read that the task waits. The others: ${others}.`,
  };
}

type Taking = { bench: WorkloadBench; claims: { task: string; won: boolean }[] };

/** Lists its work and claims one of it, until there is none, or no room for more. */
async function takes({ bench, claims }: Taking, n: number): Promise<void> {
  const agent = crewAgent(n);
  for (;;) {
    const work: { claimable: Task[] } = await bench.must(200, agent, 'GET', `/agents/${agent.id}/work`);
    const task = work.claimable[n % Math.max(1, work.claimable.length)];
    if (!task) return;
    const { status, body } = await claim(bench, agent, task.id);
    claims.push({ task: task.id, won: status === 201 });
    if (body.code === 'CapacityReached') return;
    if (status !== 201 && status !== 409) throw new Error(`${agent.id} on ${task.id}: ${status} ${body.code}`);
  }
}

async function crowd(world: World, env: Record<string, string>): Promise<Figure[]> {
  const dynamo = client();
  const bench = await workloadBench(world, env, { client: dynamo });
  const claims: Taking['claims'] = [];
  await Promise.all(Array.from({ length: takers }, (_, n) => takes({ bench, claims }, n)));
  dynamo.destroy();
  const ids = Array.from({ length: tasks }, (_, n) => taskAt(n));
  const held = await workloadStore(bench.core.state).held(ids);
  const isHeld = ({ task, lease }: (typeof held)[number]): boolean =>
    task?.holding !== null && lease?.agent === task?.holding.agent && lease?.token === task?.holding.token;
  const winsOf = (id: string | undefined): number => claims.filter(({ task, won }) => won && task === id).length;
  const twice = held.filter(({ task }) => (task?.attempts ?? 0) > 1 || winsOf(task?.id) > 1).length;
  const against = `${takers} agents of a team take ${tasks} tasks, each listing its work and claiming one of it until there is none, in one process through the function's handler; ${claims.length} claims in all.`;
  const unit = 'tasks';
  return [
    {
      name: 'claim.storm_unclaimed',
      value: held.filter((one) => !isHeld(one)).length,
      unit,
      target: atMost(0),
      against: `${against} By the holder and the lease of each task.`,
    },
    {
      name: 'claim.storm_claimed_twice',
      value: twice,
      unit,
      target: atMost(0),
      against: 'Of the same tasks, by the answers and by the claims that each task counts.',
    },
  ];
}

/** Who gets what when many want the same. */
export const stormFigures = (world: World, env: Record<string, string>): Promise<Figure[]> =>
  quietly(async () => [await storm(world, env), ...(await crowd(world, env))]);
