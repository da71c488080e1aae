import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { raiseMissedOutcomes } from '../../functions/authority/operations/raise-missed-outcomes.ts';
import { authorityStore } from '../../functions/authority/store.ts';
import { limitsPort } from '../../functions/limits/port.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { invoke } from '../support/functions.ts';
import { authorityHere, Crash, type Fault, faultyClient } from '../support/in-process.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { listenTo, subscribeTo } from '../support/queues.ts';
import { ask, coreHere } from '../support/slices.ts';
import { togetherClient } from '../support/together.ts';
import { call, eventually, importExample, type Reply, world } from '../support/world.ts';

const agent = agentOf('operations', 1).id;
const hour = 3600;
const outcome = { result: 'succeeded', summary: 'It was done, and said late.' };

/** Id of a decision that was allowed so many hours ago. */
async function decidedHoursAgo(hours: number, summary = `Decided ${randomUUID()}`): Promise<string> {
  const handler = await authorityHere({ now: () => addSeconds(new Date(), -hours * hour) });
  const body = aProposal('implementation_detail', { summary });
  const { status, body: decision } = await ask(handler, 'POST', '/decisions', {
    as: agent,
    runtime: 'operations-runtime',
    body,
  });
  expect({ status, verdict: decision.verdict }).toEqual({ status: 201, verdict: 'allowed' });
  return decision.id;
}

/** What the ledger says of a decision, in the order of its versions. */
const history = async (id: string): Promise<[sequence: number, outcome: string][]> =>
  (await itemsOf(`decision/${id}`))
    .toSorted((a, b) => a.sequence - b.sequence)
    .map(({ sequence, details }) => [sequence, details.outcome.split(':')[0] ?? '']);

const decision = (id: string): Promise<Reply> => call('GET', `/decisions/${id}`, { as: agent });
const sweep = (): ReturnType<typeof invoke> => invoke('authority-sweeper', {});

/** A sweep in this process that sees one decision only, on a client that fails as told. */
async function sweepHere(id: string, client: DynamoDBClient): Promise<number> {
  const core = await coreHere({ client });
  const store = authorityStore(world().state);
  const overdue = async (now: Date) => (await store.overdue(now, 1000)).filter((one) => one.id === id);
  return raiseMissedOutcomes(
    { store: { ...store, overdue }, limits: limitsPort(core), commit: core.commit },
    new Date(),
  );
}

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('a decision whose outcome is overdue', () => {
  it('[AUT-4] raises one alert, as state, entry, event and message to people, however many sweeps find it', async () => {
    const warned = await subscribeTo(world().output('TopicWarn'));
    const published = await listenTo('operations', { detail: { type: ['orchestra.outcome.missed.v1'] } });
    const id = await decidedHoursAgo(25);
    const sweeps = await Promise.all(Array.from({ length: 6 }, sweep));
    for (const { error } of sweeps) expect(error).toBeUndefined();
    // None, if the schedule came first.
    expect(sweeps.reduce((sum, { answer }) => sum + answer.raised, 0)).toBeLessThanOrEqual(1);
    expect((await decision(id)).body).toMatchObject({ version: 2, outcome_overdue: true, outcome: null });
    expect(await history(id)).toEqual([
      [1, 'allowed'],
      [2, 'missing'],
    ]);
    const [event] = await published.until(1, ({ detail }) => detail.data.decision_id === id);
    expect(event?.detail).toMatchObject({ subject: `decision/${id}`, sequence: '2', data: { proposed_by: agent } });
    const told = (message: string): boolean => message.includes(id);
    expect(await warned.until(1, told)).toHaveLength(1);
    expect((await sweep()).answer).toEqual({ raised: 0 });
    expect((await warned.heard()).filter(told)).toHaveLength(1);
    expect((await published.heard()).filter(({ detail }) => detail.data.decision_id === id)).toHaveLength(1);
  });

  it('[AUT-4] raises one alert where many sweeps have read it before any of them raised it', async () => {
    const id = await decidedHoursAgo(29);
    const client = togetherClient(8);
    const raised = await Promise.all(Array.from({ length: 8 }, () => sweepHere(id, client)));
    expect(raised.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
    expect(await history(id)).toHaveLength(2);
  });

  it('[AUT-4] still takes its outcome, late as it is, and stays marked', async () => {
    const id = await decidedHoursAgo(30);
    await sweep();
    const recorded = await call('POST', `/decisions/${id}/outcome`, { as: agent, body: outcome });
    expect(recorded, recorded.text).toMatchObject({ status: 200, body: { version: 3, outcome_overdue: true } });
    expect(await history(id)).toEqual([
      [1, 'allowed'],
      [2, 'missing'],
      [3, 'succeeded'],
    ]);
    await sweep();
    expect(await history(id)).toHaveLength(3);
  });

  it('[AUT-4] is never dropped: a sweep that dies is made up for by the next one, without a second alert', async () => {
    const id = await decidedHoursAgo(26);
    const crash = (): Error => new Crash('in the middle of a sweep');
    await expect(sweepHere(id, faultyClient({ before: crash }).client)).rejects.toThrow('in the middle');
    expect(await history(id)).toHaveLength(1);
    const written: Fault = { after: ({ command }) => (command === 'TransactWriteItemsCommand' ? crash() : undefined) };
    await expect(sweepHere(id, faultyClient(written).client)).rejects.toThrow('in the middle');
    expect(await sweepHere(id, world().dynamo)).toBe(0);
    expect(await history(id)).toEqual([
      [1, 'allowed'],
      [2, 'missing'],
    ]);
  });

  it('[AUT-4] [AUD-2] whose outcome comes while it is swept has both recorded, or the outcome alone, never a gap', async () => {
    const id = await decidedHoursAgo(28);
    const report = (): Promise<Reply> => call('POST', `/decisions/${id}/outcome`, { as: agent, body: outcome });
    const [reply] = await Promise.all([report(), ...Array.from({ length: 4 }, () => sweepHere(id, world().dynamo))]);
    expect([200, 409]).toContain(reply.status);
    await eventually('the outcome is recorded', async () => {
      const { body } = await decision(id);
      return body.outcome ?? ((await report()).status === 200 ? true : undefined);
    });
    const entries = await history(id);
    expect(entries.map(([sequence]) => sequence)).toEqual(entries.map((_, index) => index + 1));
    expect(entries.filter(([, kind]) => kind === 'missing').length).toBeLessThanOrEqual(1);
    expect(entries.at(-1)?.[1]).toBe('succeeded');
    expect((await decision(id)).body.version).toBe(entries.length);
  });
});

describe('a decision that needs no alert', () => {
  it('[AUT-4] is one whose day is not over, one that has its outcome, and one that executed nothing', async () => {
    const young = await decidedHoursAgo(23);
    const done = await decidedHoursAgo(27);
    expect(await call('POST', `/decisions/${done}/outcome`, { as: agent, body: outcome })).toMatchObject({
      status: 200,
    });
    const handler = await authorityHere({ now: () => addSeconds(new Date(), -40 * hour) });
    const request = { as: agent, runtime: 'operations-runtime', body: aProposal('scope_change') };
    const { body: escalated } = await ask(handler, 'POST', '/decisions', request);
    expect(await sweep()).toMatchObject({ answer: { raised: 0 } });
    expect(await history(young)).toEqual([[1, 'allowed']]);
    expect(await history(done)).toHaveLength(2);
    expect(await history(escalated.id)).toEqual([[1, 'escalated']]);
  });
});
