import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AuthorityApiEnv } from '../../functions/authority/env.ts';
import { readEnv } from '../../functions/shared/env.ts';
import { coreFrom, runtimeFrom } from '../../functions/shared/runtime.ts';
import { type ApiHandler, decisionEvent, lambdaContext, mustBe } from './events.ts';
import { agentAt } from './population.ts';
import { quietly } from './quiet.ts';
import { atMost, type Figure } from './report.ts';
import { type Meter, meter, roundTrips } from './requests.ts';
import { mean } from './statistics.ts';
import type { World } from './worlds.ts';

type Env = Record<string, string>;

/** Makes a call ready; only what it returns is measured. */
export type Job = () => () => Promise<void>;
export type DecisionBench = { decide: Job; client: DynamoDBClient; seen: Meter };

/** Agents that decide; the rate limit gives each of them 600 decisions a minute. */
export const deciders = 10;

/** The function's own handler on the tables of a world, behind a client that is watched. */
export async function decisionBench(world: World, env: Env): Promise<DecisionBench> {
  const bound = { ...env, STATE_TABLE: world.state, LEDGER_TABLE: world.ledger };
  // The entry reads its environment when it is loaded, though its own handler is not what is called here.
  Object.assign(process.env, bound);
  const { authorityApi } = await import('../../functions/authority/api.ts');
  const read = readEnv(AuthorityApiEnv, bound);
  const client = new DynamoDBClient({});
  const seen = meter(client);
  const handler = authorityApi(read, runtimeFrom(read, coreFrom(read, client))) as unknown as ApiHandler;
  let n = 0;
  const decide: Job = () => {
    const event = decisionEvent(agentAt(Math.floor((n % deciders) * (world.size / deciders))));
    n += 1;
    return async () => mustReserve(mustBe(201, await handler(event, lambdaContext)));
  };
  return { decide, client, seen };
}

/** Refuses a decision that was denied, or that holds less than what every ordinary one reserves. */
function mustReserve({ body }: { body: string }): void {
  const { reservation } = JSON.parse(body) as { reservation: { charges: unknown[] } | null };
  if (reservation?.charges.length !== 4)
    throw new Error(`the decision reserved nothing, or not at four limits: ${body}`);
}

const measuredDecisions = 300;

/** What a decision asks of DynamoDB, once the function has read policies and signing key; and what the first one does. */
export async function roundTripFigures(worlds: readonly World[], env: Env): Promise<Figure[]> {
  const counted = [];
  for (const world of worlds) counted.push({ world, ...(await quietly(() => countTrips(world, env))) });
  const unit = 'round trips';
  const target = atMost(2);
  const sizes = counted.map(({ world }) => world.size.toLocaleString('en-US')).join(' and ');
  const against = (population: string): string =>
    `Most of ${measuredDecisions} decisions through the function's handler, one by one; requests that wait together count once. ${population}`;
  return [
    {
      name: 'decision.round_trips',
      value: Math.max(...counted.map(({ trips }) => trips)),
      unit,
      target,
      against: against(`With ${sizes} agents and ledger entries.`),
    },
    {
      name: 'decision.round_trips_with_limits',
      value: Math.max(...counted.map(({ trips }) => trips)),
      unit,
      target,
      against: against('Each of them reserved at four limits: of its agent, team, domain and enterprise.'),
    },
    ...counted.map(({ world, trips }) => ({
      name: `decision.round_trips_at_${world.size}`,
      value: trips,
      unit,
      target,
      against: against(`With ${world.size.toLocaleString('en-US')} agents and ledger entries.`),
    })),
    {
      name: 'decision.requests',
      value: mean(counted.map(({ requests }) => requests)),
      unit: 'requests',
      against:
        'Mean of the same decisions. What exceeds 2 is the rate limit, which leases permits beside the first read.',
    },
    {
      name: 'decision.round_trips_first',
      value: Math.max(...counted.map(({ first }) => first)),
      unit,
      against: 'The first decision of a function that just started: it reads the policies, and its signing key, too.',
    },
  ];
}

async function countTrips(world: World, env: Env) {
  const { decide, seen, client } = await decisionBench(world, env);
  await decide()();
  const first = roundTrips(seen.requests());
  const each: { trips: number; requests: number }[] = [];
  for (let n = 0; n < measuredDecisions; n += 1) {
    await decide()();
    const requests = seen.requests();
    each.push({ trips: roundTrips(requests), requests: requests.length });
  }
  client.destroy();
  const trips = Math.max(...each.map((one) => one.trips));
  return { first, trips, requests: mean(each.map((one) => one.requests)) };
}
