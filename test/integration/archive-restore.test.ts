import { randomUUID } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { beforeAll, expect, it } from 'vitest';
import { archiveIn } from '../../functions/platform/archive.ts';
import { dayOf } from '../../functions/shared/clock.ts';
import { newId } from '../../functions/shared/ids.ts';
import { type EntryItem, ledgerKeys, shardOf } from '../../functions/shared/ledger.ts';
import { archiveBucket } from '../support/archive.ts';
import { invoke } from '../support/functions.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { call, entriesOn, importExample, world } from '../support/world.ts';

const domain = 'operations';
const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

/** Puts an entry of another day into the archive, as the archiver would have then; the ledger never had it. */
async function archivedOnly(at: Date): Promise<EntryItem> {
  const { body } = await call('POST', '/decisions', { as: agentOf(domain).id, body: aProposal('tactical_approach') });
  const [like] = await itemsOf(`decision/${body.id}`);
  if (!like) throw new Error('the decision has no entry');
  const id = newId(at);
  const subject = `exercise/${randomUUID()}`;
  const pk = ledgerKeys.partition(domain, dayOf(at), shardOf(subject, 16));
  const item: EntryItem = { ...like, id, pk, sk: id, subject, timestamp: at.toISOString(), retention: 'standard' };
  world();
  const mode = 'GOVERNANCE';
  await archiveIn(new S3Client({}), { bucket: archiveBucket(), mode, now: () => new Date() }).put(item);
  return item;
}

const reconciled = async (at: Date): Promise<unknown> => {
  const { error, answer } = await invoke('audit-reconciler', { day: dayOf(at), domains: [domain] });
  expect(error, JSON.stringify(answer)).toBeUndefined();
  return answer[0];
};

it('[AUD-4] [AUD-2] what the archive has and the ledger lost before its time is put back as it was', async () => {
  const at = daysAgo(41);
  const item = await archivedOnly(at);
  expect(await reconciled(at)).toMatchObject({ matched: false, counts: { ledger: 0, archive: 1, restored: 1 } });
  const [back, ...others] = await entriesOn(domain, dayOf(at));
  expect(others).toEqual([]);
  expect(back).toMatchObject({ id: item.id, subject: item.subject, summary: item.summary, details: item.details });
  expect(await reconciled(at)).toMatchObject({ matched: true, counts: { ledger: 1, archive: 1, restored: 0 } });
});

it('[AUD-3] [AUD-4] what expired stays out of the ledger, and in the archive', async () => {
  const at = daysAgo(141);
  await archivedOnly(at);
  expect(await reconciled(at)).toMatchObject({
    matched: true,
    counts: { ledger: 0, archive: 1, expired: 1, restored: 0 },
  });
  expect(await entriesOn(domain, dayOf(at))).toEqual([]);
});
