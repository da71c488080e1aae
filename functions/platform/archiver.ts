import { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { covers } from '../audit/hold-model.ts';
import { holdStore } from '../audit/store.ts';
import { readEnv } from '../shared/env.ts';
import type { Entry } from '../shared/ledger.ts';
import { coreFrom } from '../shared/runtime.ts';
import { observed } from '../shared/telemetry.ts';
import { archiveIn } from './archive.ts';
import { archiveChanges, type ArchiverDeps } from './archiver-steps.ts';
import { ArchiverEnv } from './env.ts';
import { restorer } from './restore.ts';
import { batchAnswer, changeOf } from './stream.ts';

const env = readEnv(ArchiverEnv);
const core = coreFrom(env);
const deps: ArchiverDeps = {
  archive: archiveIn(new S3Client({}), { bucket: env.ARCHIVE_BUCKET, mode: env.ARCHIVE_LOCK_MODE, now: core.now }),
  restore: restorer(core.dynamo, env.LEDGER_TABLE),
  ledgerItem: async (key) => (await core.ledger.getMany([key]))[0],
  holds: async () => {
    const active = await holdStore(core.state).active();
    return (entry: Entry) => active.some((hold) => covers(hold, entry));
  },
  now: core.now,
};

/** Reads the ledger's stream: archives every new entry, and keeps what was recorded from going before its time. */
export const handler = observed<DynamoDBStreamEvent, DynamoDBBatchResponse>(async ({ Records }) => {
  const changes = Records.map(changeOf);
  return batchAnswer(changes, await archiveChanges(changes, deps));
});
