import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ObjectLockRetentionMode,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import canonicalize from 'canonicalize';
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { addSeconds, dayOf } from '../shared/clock.ts';
import { millisOf } from '../shared/ids.ts';
import { Entry, type EntryItem, entryOf, expiryOf, Personal } from '../shared/ledger.ts';

/** One object of the archive: an entry, with the event that was published for it. */
const Archived = z.object({
  entry: Entry,
  event: z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) }),
  traceparent: z.string(),
  personal: Personal.optional(),
});
export type Archived = z.output<typeof Archived>;

const prefixOf = (domain: string, day: string): string => `ledger/${domain}/${day.replaceAll('-', '/')}/`;

/** Key of an entry's object; its day is the one that the id carries. */
export const objectKey = (domain: string, id: string): string =>
  `${prefixOf(domain, dayOf(new Date(millisOf(id))))}${id}.json`;

/** What is archived of an entry: RFC 8785 canonical JSON, so that the same entry always has the same bytes. */
export function canonical(item: EntryItem): Buffer {
  const { event, traceparent, personal } = item;
  const archived = { entry: entryOf(item), event, traceparent, ...(personal ? { personal } : {}) };
  const text = canonicalize(archived satisfies Archived);
  if (text === undefined) throw new Error(`entry ${item.id} has no canonical form`);
  return Buffer.from(text);
}

/** The lock holds until the entry expires; S3 refuses a date that has passed, as that of an entry archived late may have. */
function lockedUntil(item: EntryItem, now: Date): Date {
  const expiry = new Date(expiryOf(new Date(item.timestamp), item.retention) * 1000);
  const tomorrow = addSeconds(now, 86_400);
  return expiry > tomorrow ? expiry : tomorrow;
}

export type Stored = { bucket: string; mode: ObjectLockRetentionMode; now: () => Date };

/** An object under lock, where there is none yet: a second version would hide the first. */
export const lockedObject = (
  Key: string,
  body: Buffer,
  until: Date,
  { bucket, mode }: Stored,
): PutObjectCommandInput => ({
  Bucket: bucket,
  Key,
  Body: body,
  ContentType: 'application/json',
  ChecksumSHA256: createHash('sha256').update(body).digest('base64'),
  ObjectLockMode: mode,
  ObjectLockRetainUntilDate: until,
  IfNoneMatch: '*',
});

const entryObject = (item: EntryItem, stored: Stored): PutObjectCommandInput =>
  lockedObject(objectKey(item.domain, item.id), canonical(item), lockedUntil(item, stored.now()), stored);

/** Puts an object where there is none. @returns whether it was not there yet */
export async function putOnce(s3: S3Client, object: PutObjectCommandInput): Promise<boolean> {
  try {
    await s3.send(new PutObjectCommand(object));
    return true;
  } catch (error) {
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 412) return false;
    throw error;
  }
}

/** The archive under S3 Object Lock. */
export const archiveIn = (s3: S3Client, stored: Stored) => ({
  /** Archives an entry, once. @returns whether it was not there yet */
  put: (item: EntryItem): Promise<boolean> => putOnce(s3, entryObject(item, stored)),
  /** What is archived of an entry. */
  get: async (domain: string, id: string): Promise<Archived> => {
    const reply = await s3.send(new GetObjectCommand({ Bucket: stored.bucket, Key: objectKey(domain, id) }));
    return Archived.parse(JSON.parse((await reply.Body?.transformToString()) ?? ''));
  },
  /** Ids of the entries archived for a domain and day, with the size of each object in bytes. */
  sizes: async (domain: string, day: string): Promise<Map<string, number>> => {
    const sizes = new Map<string, number>();
    const asked = { Bucket: stored.bucket, Prefix: prefixOf(domain, day) };
    let after: string | undefined;
    do {
      const reply = await s3.send(new ListObjectsV2Command({ ...asked, ContinuationToken: after }));
      for (const { Key = '', Size = 0 } of reply.Contents ?? []) sizes.set(Key.slice(asked.Prefix.length, -5), Size);
      after = reply.NextContinuationToken;
    } while (after !== undefined);
    return sizes;
  },
});
export type Archive = ReturnType<typeof archiveIn>;
