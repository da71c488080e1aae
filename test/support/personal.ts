import { createHash, randomUUID } from 'node:crypto';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import {
  FilterLogEventsCommand,
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs';
import { archiveBucket, archived, keyOf } from './archive.ts';
import { everyRow } from './consistency.ts';
import { itemsOf } from './ledger.ts';
import { aProposal } from './proposals.ts';
import { call, eventually, type Reply, world } from './world.ts';

/** A natural person that only one test knows, and what is said of her: words that are found wherever they are. */
export function aPerson() {
  const mark = randomUUID();
  const say = (what: string): string => `${what} of Jane Canary ${mark}`;
  return { id: `customer-${mark}`, mark, say };
}
export type Person = ReturnType<typeof aPerson>;

/** A proposal about a person, personal in each of its texts. */
export const aProposalAbout = ({ id, say }: Person, type: string, more: object = {}) =>
  aProposal(type, {
    summary: say('summary'),
    details: {
      context: say('context'),
      options_considered: [say('first option'), say('second option')],
      decision: say('decision'),
      reasoning: say('reasoning'),
    },
    data_subject: id,
    ...more,
  });

/** Proposes a decision about a person; what the API answered. */
export async function proposeAbout(
  person: Person,
  as: string,
  type: string,
  more: object = {},
): Promise<Reply['body']> {
  const { status, body, text } = await call('POST', '/decisions', { as, body: aProposalAbout(person, type, more) });
  if (status !== 201) throw new Error(`${status} ${text}`);
  return body;
}

export const erase = (dataSubject: string, as: string, headers = {}): Promise<Reply> =>
  call('POST', '/audit/data-subjects/erasures', {
    as,
    body: { data_subject: dataSubject, reason: 'Asked for' },
    headers,
  });

/** Everything that is stored or logged anywhere, by place: rows of both tables, archived objects, log lines. */
export async function everythingKept(): Promise<Record<'state' | 'ledger' | 'archive' | 'logs', string[]>> {
  const rows = async (table: string) => (await everyRow(table)).map((row) => JSON.stringify(row));
  const [state, ledger] = await Promise.all([rows(world().state.name), rows(world().ledger.name)]);
  return { state, ledger, archive: await everyObject(), logs: await everyLogLine() };
}

async function everyObject(): Promise<string[]> {
  const client = new S3Client({});
  const texts: string[] = [];
  for await (const page of paginateListObjectsV2({ client }, { Bucket: archiveBucket() })) {
    for (const { Key } of page.Contents ?? []) {
      const object = await client.send(new GetObjectCommand({ Bucket: archiveBucket(), Key }));
      texts.push(`${Key} ${(await object.Body?.transformToString()) ?? ''}`);
    }
  }
  return texts;
}

async function everyLogLine(): Promise<string[]> {
  const client = new CloudWatchLogsClient({});
  const lines: string[] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {})) {
    for (const { logGroupName } of logGroups) {
      let nextToken: string | undefined;
      do {
        const page = await client.send(new FilterLogEventsCommand({ logGroupName, nextToken }));
        lines.push(...(page.events ?? []).map(({ message = '' }) => message));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
    }
  }
  return lines;
}

/** Digests of what is stored of a record: each entry as it is in the ledger, and as it is archived. */
export async function digestsOf(subject: string): Promise<string[]> {
  const digests: string[] = [];
  for (const item of await itemsOf(subject)) {
    const { text } = await eventually(`${keyOf(item)} is archived`, () => archived(item));
    for (const one of [JSON.stringify(item, Object.keys(item).toSorted()), JSON.stringify(item.details), text]) {
      digests.push(createHash('sha256').update(one).digest('hex'));
    }
  }
  return digests;
}
