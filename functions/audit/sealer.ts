import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { checkpointLock } from '../platform/checkpoint-archive.ts';
import { readEnv } from '../shared/env.ts';
import { coreFrom } from '../shared/runtime.ts';
import { logger, observed } from '../shared/telemetry.ts';
import { AuditSealerEnv } from './env.ts';
import { evidenceOn } from './evidence.ts';
import { catchUp, type CaughtUp } from './sealing.ts';

const env = readEnv(AuditSealerEnv);
const core = coreFrom(env);
const archive = { bucket: env.ARCHIVE_BUCKET, mode: env.ARCHIVE_LOCK_MODE, now: core.now };
const evidence = evidenceOn(core, {
  kms: () => new KMSClient({}),
  keyId: env.CHECKPOINT_KEY_ID,
  origin: env.CHECKPOINT_ORIGIN,
  lock: checkpointLock(new S3Client({}), archive),
});

/** Runs every minute: signs what the end of a batch left for it. */
export const handler = observed<unknown, CaughtUp>(async () => {
  const done = await catchUp(evidence);
  logger.info('caught up', done);
  return done;
});
