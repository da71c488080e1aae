import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Lets the first so many transactions of a client wait for each other: none is sent before all of them have been asked for. */
export function sendTogether({ middlewareStack }: DynamoDBClient, count: number): void {
  const all = Promise.withResolvers<void>();
  let waiting = 0;
  middlewareStack.add(
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
}
