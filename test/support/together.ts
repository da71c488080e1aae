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
