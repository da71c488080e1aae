import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { world } from './world.ts';

/**
 * A client whose transactions wait for each other: none is sent before so many have been asked for. What they were
 * decided on was read before any of them was written, however fast or slow the machine is.
 */
export function togetherClient(count: number): DynamoDBClient {
  world();
  const client = new DynamoDBClient({});
  const all = Promise.withResolvers<void>();
  let waiting = 0;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === 'TransactWriteItemsCommand') {
        waiting += 1;
        if (waiting >= count) all.resolve();
        await all.promise;
      }
      return next(args);
    },
    { step: 'initialize', name: 'together' },
  );
  return client;
}
