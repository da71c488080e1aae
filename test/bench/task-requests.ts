import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { operator } from './events.ts';
import { agentAt } from './population.ts';
import { quietly } from './quiet.ts';
import { atMost, type Figure } from './report.ts';
import { meter, type Request, roundTrips } from './requests.ts';
import { type WorkloadBench, workloadBench } from './workload.ts';
import { ordinary } from './workforce.ts';
import type { World } from './worlds.ts';

/** The most requests that an operation may cost: a read and a transaction; an assignment asks the index of candidates, too. */
const targets = { create: 2, assign: 3, claim: 2, heartbeat: 2, complete: 2 } as const;
type Name = keyof typeof targets;
const names = Object.keys(targets) as Name[];

const warmUp = 20;
const measured = 60;

type Seen = Record<Name, Request[][]>;
type Step = (name: Name, call: () => Promise<unknown>) => Promise<void>;

/** One task from its queue to its end, by the agent that fits it best. */
async function course({ must, followed }: WorkloadBench, n: number, step: Step): Promise<void> {
  let task = { id: '' };
  let claim = { token: 0 };
  let agent = agentAt(0);
  const { team } = agentAt(3 * (n % 2));
  const budget = { tokens: 20_000, cost_micro_usd: 200_000 };
  const wanted = { title: 'Raise the connection pool', team, budget, ...ordinary };
  await step('create', async () => {
    task = await must(201, agentAt(0), 'POST', '/tasks', wanted);
  });
  const path = `/tasks/${task.id}`;
  await step('assign', async () => {
    const { fit } = await must(200, operator, 'POST', `${path}/assignment`, {});
    agent = { id: fit.agent, domain: fit.domain, team: fit.team };
  });
  await followed(agent.id);
  await step('claim', async () => {
    claim = await must(201, agent, 'POST', `${path}/claims`);
  });
  const { token } = claim;
  await step('heartbeat', () => must(200, agent, 'POST', `${path}/heartbeats`, { token }));
  const actual = { tokens: 12_000, cost_micro_usd: 150_000 };
  await step('complete', () => must(200, agent, 'POST', `${path}/completion`, { token, result: 'Done.', actual }));
  await followed(agent.id);
}

async function seenIn(world: World, env: Record<string, string>): Promise<Seen> {
  const client = new DynamoDBClient({});
  const watch = meter(client);
  const bench = await workloadBench(world, env, { client });
  const seen: Seen = { create: [], assign: [], claim: [], heartbeat: [], complete: [] };
  for (let n = 0; n < warmUp + measured; n += 1) {
    await course(bench, n, async (name, call) => {
      watch.requests();
      await call();
      if (n >= warmUp) seen[name].push(watch.requests());
    });
  }
  client.destroy();
  return seen;
}

/** The rate limiter alone updates in place outside of a transaction. */
const tookPermits = (requests: readonly Request[]): boolean =>
  requests.some(({ command }) => command === 'UpdateItemCommand');

/** Most requests of one call, of those that had permits left. */
const mostOf = (calls: readonly Request[][]): number =>
  Math.max(...calls.filter((requests) => !tookPermits(requests)).map(({ length }) => length));

const sizeOf = ({ size }: World): string => size.toLocaleString('en-US');

/** What operations on tasks ask of DynamoDB, in a small organization and in a large one. */
export async function taskRequestFigures(worlds: readonly World[], env: Record<string, string>): Promise<Figure[]> {
  const all: { world: World; seen: Seen }[] = [];
  for (const world of worlds) all.push({ world, seen: await quietly(() => seenIn(world, env)) });
  const figures = names.map((name): Figure => {
    const most = all.map(({ world, seen }) => ({ size: sizeOf(world), value: mostOf(seen[name]) }));
    const each = most.map(({ size, value }) => `${value} with ${size}`).join(', ');
    return {
      name: `task.${name}.requests`,
      value: Math.max(...most.map(({ value }) => value)),
      unit: 'requests',
      target: atMost(targets[name]),
      against: `Most of ${measured} calls through the function's handler, admission included, where the rate limiter had permits left: ${each} agents and tasks.`,
    };
  });
  return [...figures, ...growthOf(all), tripsOf(all)];
}

/** How many times the requests of the smallest world the largest one takes; of the worst operation. */
function growthOf(all: readonly { world: World; seen: Seen }[]): Figure[] {
  const [few, many] = [all[0], all.at(-1)];
  if (!few || !many) return [];
  const ratios = names.map((name) => mostOf(many.seen[name]) / mostOf(few.seen[name]));
  const against = `The same requests with ${sizeOf(many.world)} agents and tasks, against those with ${sizeOf(few.world)}; the worst of the five operations.`;
  return [{ name: 'task.requests_growth', value: Math.max(...ratios), unit: 'ratio', target: atMost(1), against }];
}

function tripsOf(all: readonly { seen: Seen }[]): Figure {
  const beyond = all.flatMap(({ seen }) =>
    names.flatMap((name) => seen[name].map((requests) => roundTrips(requests) - targets[name])),
  );
  return {
    name: 'task.round_trips_beyond',
    value: Math.max(0, ...beyond),
    unit: 'round trips',
    target: atMost(0),
    against:
      'By how many the round trips of any call exceed its target, leases of permits included: they are taken beside the first read.',
  };
}
