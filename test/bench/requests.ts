import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** One request to DynamoDB, as it left the client; `began` and `ended` in milliseconds of the same clock. */
export type Request = { command: string; began: number; ended: number };

/** An operation as the client was asked for it: its input, and the capacity that DynamoDB says it took. */
export type Operation = { command: string; input: unknown; units: number };

export type Meter = {
  /** What was asked since the last call, retries included. */
  requests: () => Request[];
  operations: () => Operation[];
};

type Consumed = { CapacityUnits?: number | undefined };

/** Sees everything that goes through a client. */
export function meter(client: DynamoDBClient): Meter {
  let requests: Request[] = [];
  let operations: Operation[] = [];
  client.middlewareStack.add(
    (next, { commandName = 'unknown' }) =>
      async (args) => {
        const began = performance.now();
        const reply = await next(args).finally(() => {
          requests.push({ command: commandName, began, ended: performance.now() });
        });
        return reply;
      },
    { step: 'deserialize', name: 'countRequests', priority: 'high' },
  );
  client.middlewareStack.add(
    (next, { commandName = 'unknown' }) =>
      async (args) => {
        const reply = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
        const { ConsumedCapacity } = reply.output as { ConsumedCapacity?: Consumed | Consumed[] };
        const units = [ConsumedCapacity ?? []].flat().reduce((total, one) => total + (one.CapacityUnits ?? 0), 0);
        operations.push({ command: commandName, input: args.input, units });
        return reply;
      },
    { step: 'initialize', name: 'readCapacity' },
  );
  return {
    requests: () => {
      const seen = requests;
      requests = [];
      return seen;
    },
    operations: () => {
      const seen = operations;
      operations = [];
      return seen;
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
