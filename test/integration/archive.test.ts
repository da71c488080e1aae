import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, PutObjectCommand, PutObjectRetentionCommand, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import canonicalize from 'canonicalize';
import { beforeAll, describe, expect, it } from 'vitest';
import { dayOf } from '../../functions/shared/clock.ts';
import { inParallel } from '../../functions/shared/in-parallel.ts';
import { type EntryItem, entryOf, retentionDays } from '../../functions/shared/ledger.ts';
import { archiveBucket, archived, keyOf, removeVersion, versionsOf } from '../support/archive.ts';
import { everyEntry } from '../support/consistency.ts';
import { invoke, logLines, metricIn } from '../support/functions.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { listenTo } from '../support/queues.ts';
import { call, eventually, importExample, world } from '../support/world.ts';

const agent = agentOf('platform');

/** An entry of the domain that these tests reconcile, as it is stored. */
async function anArchivedEntry(more: Record<string, unknown> = {}): Promise<EntryItem> {
  const { status, body, text } = await call('POST', '/decisions', {
    as: agent.id,
    body: aProposal('tactical_approach', more),
  });
  expect(status, text).toBe(201);
  const [item] = await itemsOf(`decision/${body.id}`);
  if (!item) throw new Error('the decision has no entry');
  await eventually('the entry is archived', () => archived(item));
  return item;
}

const s3 = (): S3Client => {
  world();
  return new S3Client({});
};

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('the archive', () => {
  beforeAll(async () => {
    const types = ['implementation_detail', 'scope_change', 'tactical_approach', 'unheard_of', 'policy_exception'];
    for (const type of types) await call('POST', '/decisions', { as: agent.id, body: aProposal(type) });
    await call('POST', '/decisions', { as: 'agt_of_nowhere', token: 'rubbish', body: aProposal('tactical_approach') });
    await call('GET', '/audit/entries?domain=product', { as: agent.id });
  });

  it('[AUD-4] has every entry that the ledger has, byte for byte canonical, locked at least until it expires', async () => {
    const entries = await everyEntry();
    expect(entries.length).toBeGreaterThan(60);
    const faults = await inParallel(entries, 8, async (item) => {
      const { text, object } = await eventually(`${item.id} is archived`, () => archived(item));
      const { event, traceparent } = item;
      const isWhole = text === canonicalize({ entry: entryOf(item), event, traceparent });
      const expiry = Date.parse(item.timestamp) + retentionDays[item.retention] * 86_400_000;
      const isLocked = object.ObjectLockMode === 'GOVERNANCE' && locked(object) >= Math.floor(expiry / 1000) * 1000;
      return isWhole && isLocked ? [] : [{ id: item.id, isWhole, isLocked }];
    });
    expect(faults.flat()).toEqual([]);
  });

  const locked = ({ ObjectLockRetainUntilDate }: { ObjectLockRetainUntilDate?: Date | undefined }): number =>
    ObjectLockRetainUntilDate?.getTime() ?? 0;

  it('[AUD-4] holds refusals, escalations and what nobody was allowed to do', async () => {
    const kinds = new Set((await everyEntry()).map(({ event }) => event.type.split('.').slice(1, 3).join('.')));
    for (const kind of [
      'decision.allowed',
      'decision.denied',
      'decision.escalated',
      'escalation.opened',
      'request.refused',
    ]) {
      expect(kinds).toContain(kind);
    }
  });

  it('[AUD-4] gives up no version and shortens no lock', async () => {
    const item = await anArchivedEntry();
    const [version] = await versionsOf(item);
    const at = { Bucket: archiveBucket(), Key: keyOf(item), VersionId: version?.VersionId };
    await expect(s3().send(new DeleteObjectCommand(at))).rejects.toMatchObject({ name: 'AccessDenied' });
    const Retention = { Mode: 'GOVERNANCE', RetainUntilDate: new Date(Date.now() + 60_000) } as const;
    await expect(s3().send(new PutObjectRetentionCommand({ ...at, Retention }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    expect(await versionsOf(item)).toEqual([version]);
  });

  it('[AUD-4] is written once, however often the stream delivers', async () => {
    const item = await anArchivedEntry({ related_tasks: ['TASK-ARCHIVE'] });
    const before = await versionsOf(item);
    expect(before).toHaveLength(1);
    const Keys = marshall({ pk: item.pk, sk: item.sk });
    const dynamodb = { Keys, NewImage: marshall(item, { removeUndefinedValues: true }), SequenceNumber: '1' };
    const Records = [dynamodb, { ...dynamodb, SequenceNumber: '2' }].map((one) => ({
      eventName: 'INSERT',
      dynamodb: one,
    }));
    for (let delivery = 0; delivery < 3; delivery += 1) {
      expect(await invoke('platform-archiver', { Records })).toEqual({ answer: { batchItemFailures: [] } });
    }
    expect(await versionsOf(item)).toEqual(before);
  });
});

describe('tampering with the ledger', () => {
  it('[AUD-2] [AUD-4] an entry that somebody deletes comes back as it was, and is reported', async () => {
    const began = new Date();
    const item = await anArchivedEntry();
    const published = await listenTo('platform', { detail: { id: [item.id] } });
    const Key = marshall({ pk: item.pk, sk: item.sk });
    await world().dynamo.send(new DeleteItemCommand({ TableName: world().ledger.name, Key }));
    const back = await eventually('the entry is back', async () => (await itemsOf(item.subject))[0]);
    expect(back).toEqual({ ...item, restored_at: expect.any(String) });
    const reported = await eventually('the tampering is reported', async () => {
      const lines = await logLines('platform-archiver', began);
      return lines.find((line) => line.message === 'ledger item removed' && line.sk === item.sk) && lines;
    });
    const counted = reported.flatMap((line) => metricIn(line, 'LedgerTampered')?.values ?? []);
    expect(counted.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(1);
    expect(await published.heard()).toEqual([]);
    expect(await versionsOf(item)).toHaveLength(1);
  });
});

describe('reconciliation', () => {
  const domain = 'platform';
  const dayWith = ({ timestamp }: EntryItem): string => timestamp.slice(0, 10);
  const reconcile = async (day: string) => {
    const { error, answer } = await invoke('audit-reconciler', { day, domains: [domain] });
    expect(error, JSON.stringify(answer)).toBeUndefined();
    return answer[0];
  };
  const runs = (day: string) => itemsOf(`reconciliation/${domain}-${day}`);

  it('[AUD-4] counts both sides alike, and records that they match', async () => {
    const day = dayWith(await anArchivedEntry());
    const entries = (await everyEntry()).filter((item) => item.domain === domain && item.timestamp.startsWith(day));
    for (const item of entries) await eventually(`${item.id} is archived`, () => archived(item));
    const result = await reconcile(day);
    const healthy = { healed: 0, different: 0, restored: 0, expired: 0 };
    expect(result).toMatchObject({ domain, day, matched: true, counts: healthy });
    expect(result.counts).toMatchObject({ ledger: entries.length, archive: entries.length });
    const last = (await runs(day)).at(-1);
    expect(last).toMatchObject({ agent_id: 'orchestra_reconciler', details: { decision: 'matched' } });
  });

  it('[AUD-4] archives again what is missing, and tells people by an event and an alarmed metric', async () => {
    const began = new Date();
    const item = await anArchivedEntry();
    const day = dayWith(item);
    const before = (await runs(day)).length;
    const heard = await listenTo('enterprise', { detail: { type: ['orchestra.archive.reconciled.v1'] } });
    for (const version of await versionsOf(item)) await removeVersion(version);
    expect(await archived(item)).toBeUndefined();
    expect(await reconcile(day)).toMatchObject({ matched: false, counts: { healed: 1, different: 0, restored: 0 } });
    const { text } = await eventually('the entry is archived again', () => archived(item));
    expect(JSON.parse(text)).toMatchObject({ entry: entryOf(item) });
    const [{ detail }] = (await heard.until(1)) as [Awaited<ReturnType<typeof heard.heard>>[number]];
    expect(detail).toMatchObject({ domain, data: { matched: false, counts: { healed: 1 } } });
    expect((await runs(day)).slice(before)).toMatchObject([
      { sequence: before + 1, details: { decision: 'mismatch' } },
    ]);
    const metric = await eventually('the metric is written', async () => {
      const lines = await logLines('audit-reconciler', began);
      return lines.map((line) => metricIn(line, 'ArchiveMismatch')).find((one) => one?.values.includes(1));
    });
    expect(await alarmedDimensions('ArchiveMismatch')).toEqual(metric.dimensions);
    expect(await reconcile(day)).toMatchObject({ matched: true });
  });

  it('[AUD-4] notices an object that differs from its entry, and leaves both for people to judge', async () => {
    const item = await anArchivedEntry();
    const forged = canonicalize({ entry: { ...entryOf(item), summary: 'It never happened' } }) ?? '';
    await s3().send(new PutObjectCommand({ Bucket: archiveBucket(), Key: keyOf(item), Body: forged }));
    expect(await reconcile(dayWith(item))).toMatchObject({ matched: false, counts: { healed: 0, different: 1 } });
    const versions = await versionsOf(item);
    expect(versions).toHaveLength(2);
    for (const version of versions.filter(({ IsLatest }) => IsLatest)) await removeVersion(version);
    expect(await reconcile(dayWith(item))).toMatchObject({ matched: true });
  });

  it('[AUD-4] runs for every domain and the enterprise, for yesterday, when nobody names one', async () => {
    const { answer } = await invoke('audit-reconciler', {});
    const domains = answer.map((one: { domain: string }) => one.domain);
    expect(domains).toEqual(expect.arrayContaining(['enterprise', 'product', 'platform', 'operations']));
    const yesterday = dayOf(new Date(Date.now() - 86_400_000));
    for (const one of answer) expect(one.day).toBe(yesterday);
    const { body } = await call('GET', `/audit/entries?subject=reconciliation/platform-${yesterday}`, {
      as: enterpriseOrchestrator,
    });
    expect(body.items.length).toBeGreaterThan(0);
  });
});

async function alarmedDimensions(metric: string): Promise<Record<string, string | undefined>> {
  world();
  const { MetricAlarms = [] } = await new CloudWatchClient({}).send(new DescribeAlarmsCommand({ MaxRecords: 100 }));
  const found = MetricAlarms.filter(
    ({ MetricName, Namespace }) => MetricName === metric && Namespace === 'EnterpriseOrchestra',
  );
  expect(found).toHaveLength(1);
  return Object.fromEntries((found[0]?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]));
}
