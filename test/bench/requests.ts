import type {
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  DynamoDBClient,
  QueryCommandInput,
  QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { batchReadUnits, queryUnits } from './item-size.ts';

/** One request to DynamoDB, as it left the client; `began` and `ended` in milliseconds of the same clock. */
export type Request = { command: string; began: number; ended: number };

/** An operation as the client was asked for it. */
export type Operation = { command: string; input: object; output: object };

export type Meter = {
  /** What was sent since the last call, repetitions included. */
  requests: () => Request[];
  /** What was asked since the last call. */
  operations: () => Operation[];
  stop: () => void;
};

/** Sees everything that goes through a client, until it is stopped. */
export function meter({ middlewareStack }: DynamoDBClient): Meter {
  const requests: Request[] = [];
  const operations: Operation[] = [];
  middlewareStack.add(
    (next, { commandName: command = 'unknown' }) =>
      async (args) => {
        const began = performance.now();
        return next(args).finally(() => requests.push({ command, began, ended: performance.now() }));
      },
    { step: 'deserialize', name: 'countRequests', priority: 'high' },
  );
  middlewareStack.add(
    (next, { commandName: command = 'unknown' }) =>
      async (args) => {
        const reply = await next(args);
        operations.push({ command, input: args.input, output: reply.output });
        return reply;
      },
    { step: 'initialize', name: 'keepOperations' },
  );
  return {
    requests: () => requests.splice(0),
    operations: () => operations.splice(0),
    stop: () => {
      middlewareStack.remove('countRequests');
      middlewareStack.remove('keepOperations');
    },
  };
}

/** Requests that wait for one another: the longest chain of which each began when the one before had ended. */
export function roundTrips(requests: readonly Request[]): number {
  let trips = 0;
  let free = Number.NEGATIVE_INFINITY;
  for (const { began, ended } of requests.toSorted((a, b) => a.ended - b.ended)) {
    if (began < free) continue;
    trips += 1;
    free = ended;
  }
  return trips;
}

/**
 * Read units of an operation, by DynamoDB's rule on the items that came back; none of our queries filters, so they are all
 * that was read. The local DynamoDB's own answer to ReturnConsumedCapacity leaves the sizes out.
 */
export function readUnits({ command, input, output }: Operation): number {
  if (command === 'QueryCommand') {
    const { ConsistentRead = false } = input as QueryCommandInput;
    return queryUnits((output as QueryCommandOutput).Items ?? [], ConsistentRead);
  }
  if (command !== 'BatchGetItemCommand') return 0;
  const asked = Object.values((input as BatchGetItemCommandInput).RequestItems ?? {});
  const found = Object.values((output as BatchGetItemCommandOutput).Responses ?? {}).flat();
  return batchReadUnits(
    asked.reduce((keys, { Keys = [] }) => keys + Keys.length, 0),
    found,
  );
}
