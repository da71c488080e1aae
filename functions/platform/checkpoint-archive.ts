import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import canonicalize from 'canonicalize';
import { SignedCheckpoint } from '../audit/contract.ts';
import { addSeconds } from '../shared/clock.ts';
import { retentionDays } from '../shared/ledger.ts';
import { lockedObject, putOnce, type Stored } from './archive.ts';

/** Key of a checkpoint's object; sorts by number. */
export const checkpointKey = (number: number): string => `checkpoints/${String(number).padStart(12, '0')}.json`;

/**
 * Puts checkpoints into the archive, locked for as long as any entry is kept. Answers what is locked under the number: there
 * may be one already, and it need not be the same.
 */
export const checkpointLock =
  (s3: S3Client, stored: Stored) =>
  async (checkpoint: SignedCheckpoint): Promise<SignedCheckpoint> => {
    const Key = checkpointKey(checkpoint.number);
    const body = Buffer.from(canonicalize(checkpoint) as string);
    const until = addSeconds(stored.now(), retentionDays.compliance * 86_400);
    if (await putOnce(s3, lockedObject(Key, body, until, stored))) return checkpoint;
    const reply = await s3.send(new GetObjectCommand({ Bucket: stored.bucket, Key }));
    return SignedCheckpoint.parse(JSON.parse((await reply.Body?.transformToString()) ?? ''));
  };
