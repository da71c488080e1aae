import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { evidenceOn } from '../audit/evidence.ts';
import { covers } from '../audit/hold-model.ts';
import { sealBatch } from '../audit/sealing.ts';
import { holdStore } from '../audit/store.ts';
import { readEnv } from '../shared/env.ts';
import type { Entry } from '../shared/ledger.ts';
import { coreFrom } from '../shared/runtime.ts';
import { observed } from '../shared/telemetry.ts';
import { archiveIn } from './archive.ts';
import { archiveChanges, type ArchiverDeps } from './archiver-steps.ts';
import { checkpointLock } from './checkpoint-archive.ts';
import { ArchiverEnv } from './env.ts';
import { restorer } from './restore.ts';
import { batchAnswer, changeOf } from './stream.ts';

const env = readEnv(ArchiverEnv);
const core = coreFrom(env);
const s3 = new S3Client({});
const stored = { bucket: env.ARCHIVE_BUCKET, mode: env.ARCHIVE_LOCK_MODE, now: core.now };
const evidence = evidenceOn(core, {
  kms: () => new KMSClient({}),
  keyId: env.CHECKPOINT_KEY_ID,
  origin: env.CHECKPOINT_ORIGIN,
  lock: checkpointLock(s3, stored),
});
const deps: ArchiverDeps = {
  archive: archiveIn(s3, stored),
  seal: sealBatch(evidence),
  restore: restorer(core.dynamo, env.LEDGER_TABLE),
  ledgerItem: async (key) => (await core.ledger.getMany([key]))[0],
  holds: async () => {
    const active = await holdStore(core.state).active();
    return (entry: Entry) => active.some((hold) => covers(hold, entry));
  },
  now: core.now,
};

/** Reads the ledger's stream: archives and seals every new entry, and keeps what was recorded from going before its time. */
export const handler = observed<DynamoDBStreamEvent, DynamoDBBatchResponse>(async ({ Records }) => {
  const changes = Records.map(changeOf);
  return batchAnswer(changes, await archiveChanges(changes, deps));
});
