import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../../functions/shared/dynamo.ts';
import { newId } from '../../functions/shared/ids.ts';
import { type DecisionBench, decisionBench, deciders, type Job } from './decision.ts';
import { quietly } from './quiet.ts';
import { atMost, type Figure } from './report.ts';
import { compare, timed } from './statistics.ts';
import type { World } from './worlds.ts';

const crowds = [
  { concurrent: 1, rounds: 300, each: 1 },
  { concurrent: 16, rounds: 16, each: 4 },
] as const;
const warmUp = 50;

/** The whole handler, event to response, against the two requests that it cannot do without. */
export async function durableFigures(world: World, env: Record<string, string>): Promise<Figure[]> {
  const bench = await decisionBench(world, env);
  return quietly(async () => {
    const bare = await bareOf(bench);
    for (let n = 0; n < warmUp; n += 1) await Promise.all([bench.decide()(), bare()()]);
    const figures: Figure[] = [];
    for (const crowd of crowds) figures.push(...(await figuresOf(crowd, bench.decide, bare)));
    bench.client.destroy();
    return figures;
  });
}

async function figuresOf({ concurrent, rounds, each }: (typeof crowds)[number], decide: Job, bare: Job) {
  const crowdOf = (job: Job) => () => inCrowd(concurrent, each, job);
  const { measured, floor, ratio } = await compare(crowdOf(decide), crowdOf(bare), rounds);
  const what = `p50 of the handler, event in and response out, ${concurrent} at a time`;
  const against = 'one bare batch read and one bare transaction of the same seven items through the same client';
  const times = `${rounds * each * concurrent} of each, turn by turn, on the local DynamoDB`;
  const millis = (name: string, value: number, which: string): Figure => ({
    name: `${name}_${concurrent}`,
    value,
    unit: 'ms',
    against: `${which}; depends on the host.`,
  });
  const bound: Figure = {
    name: `decision.durable_ratio_${concurrent}`,
    value: ratio,
    unit: 'ratio',
    target: atMost(1.5),
    against: `${what}, against p50 of ${against}; ${times}.`,
  };
  return [
    bound,
    millis('decision.durable_ms', measured, 'The first of the two'),
    millis('decision.durable_floor_ms', floor, 'The second'),
  ];
}

/** Milliseconds of each call of a crowd that keeps `concurrent` calls in flight. */
async function inCrowd(concurrent: number, each: number, job: Job): Promise<number[]> {
  const times: number[] = [];
  const one = async (): Promise<void> => {
    for (let n = 0; n < each; n += 1) times.push(await timed(job()));
  };
  await Promise.all(Array.from({ length: concurrent }, one));
  return times;
}

/** A decision's two requests, recorded once and sent again as they are, but for fresh ids in their keys. */
async function bareOf({ decide, client, seen }: DecisionBench): Promise<Job> {
  // The first decision reads policies and signing key as well, and the first of each agent gets its purses a lot.
  for (let n = 0; n < deciders; n += 1) await decide()();
  seen.operations();
  await decide()();
  const operations = seen.operations();
  seen.stop();
  const inputOf = (command: string): unknown => operations.find((one) => one.command === command)?.input;
  const read = inputOf('BatchGetItemCommand') as BatchGetItemCommandInput | undefined;
  const write = inputOf('TransactWriteItemsCommand') as TransactWriteItemsCommandInput | undefined;
  if (!read || write?.TransactItems?.length !== 7) throw new Error('a decision is not one read and seven items');
  return () => {
    const get = new BatchGetItemCommand(freshRead(read));
    const transact = new TransactWriteItemsCommand(freshWrite(write));
    return async () => {
      await client.send(get);
      await client.send(transact);
    };
  };
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** The same key about another id: nothing is created twice, and an Idempotency-Key is looked for in vain. */
function freshKey<T extends Item>(attributes: T): T {
  const renewed = (value: unknown): unknown => {
    const text = (value as { S: string }).S;
    return { S: text.replace(uuid, newId(new Date())) };
  };
  return { ...attributes, pk: renewed(attributes.pk), sk: renewed(attributes.sk) };
}

const freshRead = ({ RequestItems = {} }: BatchGetItemCommandInput): BatchGetItemCommandInput => ({
  RequestItems: Object.fromEntries(
    Object.entries(RequestItems).map(([table, asked]) => [table, { ...asked, Keys: asked.Keys?.map(freshKey) }]),
  ),
});

const freshWrite = ({ TransactItems = [] }: TransactWriteItemsCommandInput): TransactWriteItemsCommandInput => ({
  // Purses are changed in place: the same ones every time.
  TransactItems: TransactItems.map(({ Put, Update }) =>
    Update ? { Update } : { Put: { TableName: Put?.TableName, ...Put, Item: freshKey(Put?.Item ?? {}) } },
  ),
});
