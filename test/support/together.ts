import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { sendTogether } from './gate.ts';
import { world } from './world.ts';

/**
 * A client whose transactions wait for each other: none is sent before so many have been asked for. What they were
 * decided on was read before any of them was written, however fast or slow the machine is.
 */
export function togetherClient(count: number): DynamoDBClient {
  world();
  const client = new DynamoDBClient({});
  sendTogether(client, count);
  return client;
}

/**
 * A client whose transactions are held back: `arrived` once so many of them were asked for, what they are decided on has been
 * read by then; they are sent when `release` is called.
 */
export function heldBackClient(count: number): { client: DynamoDBClient; arrived: Promise<void>; release: () => void } {
  world();
  const client = new DynamoDBClient({});
  const [all, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let waiting = 0;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === 'TransactWriteItemsCommand') {
        waiting += 1;
        if (waiting >= count) all.resolve();
        await released.promise;
      }
      return next(args);
    },
    { step: 'initialize', name: 'held-back' },
  );
  return { client, arrived: all.promise, release: released.resolve };
}
