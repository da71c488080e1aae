import { randomUUID } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { addSeconds, epochSeconds } from '../../functions/shared/clock.ts';
import { fact } from '../../functions/shared/contract.ts';
import { outcomeRecorded } from '../../functions/authority/contract.ts';
import { entryItem, type EntryItem, ledgerKeys, type Retention, retentionDays } from '../../functions/shared/ledger.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import { archived } from '../support/archive.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator, humanWith, runtimeOf } from '../support/organization.ts';
import { pagesOf } from '../support/pages.ts';
import { aProposal } from '../support/proposals.ts';
import { ask, auditHere, coreHere } from '../support/slices.ts';
import { togetherClient } from '../support/together.ts';
import { call, eventually, importExample, type Reply, world } from '../support/world.ts';

const run = Date.now();
const auditor = humanWith('auditor');
const agent = agentOf('operations').id;
const day = 86_400;
const task = `TASK-RETENTION-${run}`;

const propose = (as: string, type: string, more: object = {}): Promise<Reply> =>
  call('POST', '/decisions', { as, body: aProposal(type, { ...more }) });

/** What a function would have recorded so many days ago, as it is stored until DynamoDB removes it. */
async function recordedDaysAgo(days: number, who: string, retention: Retention): Promise<EntryItem> {
  const now = addSeconds(new Date(), -days * day);
  const trace = continueTrace(undefined);
  const { commit, ledgerShards } = await coreHere();
  const decision_id = `dec_old_${randomUUID()}`;
  const event = fact(outcomeRecorded, { decision_id, proposed_by: who, result: 'succeeded', concerns: ['operations'] });
  const draft = {
    action_type: 'execution' as const,
    domain: 'operations',
    // No record of the state: what compares the two takes decisions for records.
    subject: `note/${decision_id}`,
    sequence: 1,
    summary: 'Long ago',
    related_tasks: [task],
    retention,
    event,
  };
  const [entry] = await commit({ writes: [], entries: [draft] }, { actor: who, now, trace });
  if (!entry) throw new Error('nothing was recorded');
  return entryItem(entry, event, trace.traceparent, ledgerShards);
}

/** The ways in which a reader could come upon an entry. */
async function shown(item: EntryItem): Promise<string[]> {
  const from = new Date(Date.parse(item.timestamp) - 1000).toISOString();
  const to = new Date(Date.parse(item.timestamp) + 1000).toISOString();
  const lists = {
    agent: `agent=${item.agent_id}`,
    subject: `subject=${item.subject}`,
    task: `task=${task}`,
    domain: `domain=${item.domain}&from=${from}&to=${to}`,
  };
  const ways = Object.entries(lists).map(async ([way, query]) => {
    const pages = await pagesOf<EntryItem>(`/audit/entries?limit=100&${query}`, auditor);
    return pages.flat().some(({ id }) => id === item.id) ? [way] : [];
  });
  const single = await call('GET', `/audit/entries/${item.id}`, { as: auditor });
  const lines = await call('GET', `/audit/exports?agent=${item.agent_id}`, { as: auditor });
  return [
    ...(await Promise.all(ways)).flat(),
    ...(single.status === 200 ? ['id'] : []),
    ...(lines.text.includes(item.id) ? ['export'] : []),
  ];
}

const everyWay = ['agent', 'subject', 'task', 'domain', 'id', 'export'];
const inTable = async ({ subject }: EntryItem): Promise<EntryItem | undefined> => (await itemsOf(subject))[0];
const gone = (item: EntryItem) =>
  eventually('the entry is removed', async () => ((await inTable(item)) ? undefined : 'removed'));

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('the class of an entry', () => {
  const classes = ['standard', 'significant', 'compliance'] as const;
  const types: Record<Retention, [as: string, type: string]> = {
    standard: [agent, 'implementation_detail'],
    significant: [agent, 'scope_change'],
    compliance: [enterpriseOrchestrator, 'compliance_issue'],
  };

  it.each(classes)(
    '[AUD-3] %s comes from the type of the decision, and says when DynamoDB removes it',
    async (derived) => {
      const [as, type] = types[derived];
      const { body } = await propose(as, type, { related_tasks: [task] });
      expect(body.retention).toBe(derived);
      const [item] = await itemsOf(`decision/${body.id}`);
      const days = { standard: 90, significant: 365, compliance: 2_557 }[derived];
      const expiry = epochSeconds(new Date(body.proposed_at)) + days * day;
      expect(item).toMatchObject({ retention: derived, ttl: expiry });
      const [pointer] = await world().ledger.getMany([{ pk: ledgerKeys.task(task), sk: body.entry_id }]);
      expect(pointer).toMatchObject({ kind: 'pointer', ttl: expiry });
    },
  );

  const asked = classes.flatMap((derived) => classes.map((wanted) => [derived, wanted] as const));
  it.each(asked)('[AUD-3] %s, asked to be %s, is raised or stays, and is never lowered', async (derived, wanted) => {
    const [as, type] = types[derived];
    const { status, body } = await propose(as, type, { retention: wanted });
    const isLowered = retentionDays[wanted] < retentionDays[derived];
    const expected = isLowered ? { status: 422, code: 'RetentionLowered' } : { status: 201, retention: wanted };
    expect({ status, code: body.code, retention: body.retention }).toMatchObject(expected);
    for (const item of await itemsOf(`decision/${body.id}`)) expect(item.retention).toBe(wanted);
  });
});

describe('an expired entry', () => {
  it('[AUD-3] goes by itself, stays away, and stays in the archive', async () => {
    const item = await recordedDaysAgo(91, agent, 'standard');
    await gone(item);
    await eventually('it is archived', () => archived(item));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await inTable(item)).toBeUndefined();
    expect(await shown(item)).toEqual([]);
  });

  it('[AUD-3] of a longer class is not expired yet', async () => {
    const item = await recordedDaysAgo(91, agent, 'significant');
    expect(await shown(item)).toEqual(everyWay);
    expect(await inTable(item)).toMatchObject({ ttl: epochSeconds(new Date(item.timestamp)) + 365 * day });
  });

  it('[AUD-3] that DynamoDB has not removed yet is shown to nobody, in no way, unless a hold is placed on it', async () => {
    const item = await recordedDaysAgo(92, `agt_left_${run}`, 'standard');
    await gone(item);
    // As DynamoDB leaves it for up to some days: its time is over, and it is still there.
    const Item = marshall({ ...item, ttl: epochSeconds(new Date()) + day, restored_at: item.timestamp });
    await world().dynamo.send(new PutItemCommand({ TableName: world().ledger.name, Item }));
    expect(await inTable(item)).toMatchObject({ id: item.id });
    expect(await shown(item)).toEqual([]);
    const hold = { selector: { by: 'subject', value: item.subject }, reason: 'Litigation' };
    expect(await call('POST', '/audit/holds', { as: auditor, body: hold })).toMatchObject({ status: 201 });
    expect(await shown(item)).toEqual(everyWay.filter((way) => way !== 'task'));
  });
});

describe('a legal hold', () => {
  const held = `agt_held_${run}`;
  const place = (selector: object, as = auditor): Promise<Reply> =>
    call('POST', '/audit/holds', { as, body: { selector, reason: 'Litigation 2026-4711' } });

  it('[AUD-3] keeps what it covers beyond its time, shown in every way; released, it lets it go', async () => {
    const placed = await place({ by: 'agent', value: held });
    expect(placed.status, placed.text).toBe(201);
    const item = await recordedDaysAgo(91, held, 'standard');
    const restored = await eventually('the entry is put back', async () => {
      const found = await inTable(item);
      return found?.restored_at === undefined ? undefined : found;
    });
    const until = epochSeconds(new Date(restored.restored_at ?? '')) + 30 * day;
    expect(restored).toEqual({ ...item, ttl: until, restored_at: restored.restored_at });
    expect(await shown(item)).toEqual(everyWay);
    const released = await call('POST', `/audit/holds/${placed.body.id}/release`, {
      as: auditor,
      body: { reason: 'Settled' },
    });
    expect(released.body).toMatchObject({ state: 'released', version: 2, released_by: auditor });
    expect(await shown(item)).toEqual([]);
    // Thirty days later: DynamoDB removes it once more, and nothing puts it back.
    const Item = marshall({ ...restored, ttl: epochSeconds(new Date()) - 1 });
    await world().dynamo.send(new PutItemCommand({ TableName: world().ledger.name, Item }));
    await gone(item);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await inTable(item)).toBeUndefined();
  });

  it('[AUD-3] covers a task, and what is about to expire when it is placed', async () => {
    const who = `agt_late_${run}`;
    const item = await recordedDaysAgo(90 - 8 / day, who, 'standard');
    expect(await shown(item)).toEqual(everyWay);
    const placed = await place({ by: 'task', value: task });
    await eventually('the entry is put back', async () => (await inTable(item))?.restored_at);
    expect(await shown(item)).toEqual(everyWay);
    expect(
      (await call('POST', `/audit/holds/${placed.body.id}/release`, { as: auditor, body: { reason: 'Over' } })).status,
    ).toBe(200);
    expect(await shown(item)).toEqual([]);
  });

  it('[AUD-3] is an entry itself when it is placed and when it is released, once', async () => {
    const { body } = await place({ by: 'subject', value: 'decision/dec_x' });
    const release = (): Promise<Reply> =>
      call('POST', `/audit/holds/${body.id}/release`, { as: auditor, body: { reason: 'Settled' } });
    expect(await release()).toMatchObject({ status: 200 });
    expect(await release()).toMatchObject({ status: 409, body: { code: 'HoldReleased' } });
    expect(await itemsOf(`hold/${body.id}`)).toMatchObject([
      { sequence: 1, retention: 'compliance', agent_id: auditor, details: { decision: 'placed' } },
      { sequence: 2, retention: 'compliance', agent_id: auditor, details: { decision: 'released' } },
    ]);
    const listed = (await pagesOf('/audit/holds?limit=2', auditor)).flat();
    const ids = listed.map(({ id }) => String(id));
    expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? 1 : -1)));
    expect(listed).toContainEqual(expect.objectContaining({ id: body.id, state: 'released' }));
  });

  it('[AUD-3] is placed by people only, released once when many try, and is not there under another id', async () => {
    const refused = await place({ by: 'agent', value: held }, enterpriseOrchestrator);
    expect(refused).toMatchObject({ status: 403, body: { code: 'PrincipalKindRefused' } });
    const { body } = await place({ by: 'agent', value: 'agt_of_nobody' });
    const here = await auditHere({ client: togetherClient(10) });
    const request = { as: auditor, runtime: runtimeOf(auditor), body: { reason: 'Settled' } };
    const attempts = Array.from({ length: 10 }, () => ask(here, 'POST', `/audit/holds/${body.id}/release`, request));
    const statuses = (await Promise.all(attempts)).map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    expect(await itemsOf(`hold/${body.id}`)).toHaveLength(2);
    const unknown = body.id.replace(/.$/, (last: string) => (last === '0' ? '1' : '0'));
    const other = await call('POST', `/audit/holds/${unknown}/release`, { as: auditor, body: { reason: 'Settled' } });
    expect(other).toMatchObject({ status: 404 });
  });
});
