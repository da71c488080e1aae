import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectVersionsCommand,
  type ObjectVersion,
  S3Client,
} from '@aws-sdk/client-s3';
import { objectKey } from '../../functions/platform/archive.ts';
import { checkpointKey } from '../../functions/platform/checkpoint-archive.ts';
import type { Entry } from '../../functions/shared/ledger.ts';
import { world } from './world.ts';

let made: S3Client | undefined;
const s3 = (): S3Client => {
  world();
  return (made ??= new S3Client({}));
};

export const archiveBucket = (): string => world().output('ArchiveBucket');
export const keyOf = ({ domain, id }: Pick<Entry, 'domain' | 'id'>): string => objectKey(domain, id);

export type Archived = { text: string; object: GetObjectCommandOutput };

/** The object of an entry, if it is there. */
export const archived = (entry: Pick<Entry, 'domain' | 'id'>): Promise<Archived | undefined> => objectAt(keyOf(entry));

/** The object of a checkpoint, if it is there. */
export const archivedCheckpoint = (number: number): Promise<Archived | undefined> => objectAt(checkpointKey(number));

async function objectAt(Key: string): Promise<Archived | undefined> {
  try {
    const object = await s3().send(new GetObjectCommand({ Bucket: archiveBucket(), Key }));
    return { text: (await object.Body?.transformToString()) ?? '', object };
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** Every version of the object of an entry. */
export async function versionsOf(entry: Pick<Entry, 'domain' | 'id'>): Promise<ObjectVersion[]> {
  const asked = new ListObjectVersionsCommand({ Bucket: archiveBucket(), Prefix: keyOf(entry) });
  return (await s3().send(asked)).Versions ?? [];
}

/** Removes one version as nobody in the deployment can: as root of the account, past the governance lock. */
export async function removeVersion({ Key, VersionId }: ObjectVersion): Promise<void> {
  const past = { Bucket: archiveBucket(), Key, VersionId, BypassGovernanceRetention: true };
  await s3().send(new DeleteObjectCommand(past));
}
