import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { setTimeout as wait } from 'node:timers/promises';
import { readEnv } from '../shared/env.ts';
import { observed } from '../shared/telemetry.ts';
import { RelayEnv } from './env.ts';
import { putOn, relay } from './relay-steps.ts';
import { batchAnswer, changeOf } from './stream.ts';

const { EVENT_BUSES: buses } = readEnv(RelayEnv);
const deps = { put: putOn(new EventBridgeClient({})), wait, buses };

/** Reads the ledger's stream and publishes the event of each new entry on the bus of its domain. */
export const handler = observed<DynamoDBStreamEvent, DynamoDBBatchResponse>(async ({ Records }) => {
  const changes = Records.map(changeOf);
  return batchAnswer(changes, await relay(changes, deps));
});
