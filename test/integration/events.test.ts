import {
  EventBridgeClient,
  DescribeReplayCommand,
  ListArchivesCommand,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { slices } from '../../bin/generate/catalogue.ts';
import { CloudEvent, cloudEventOf } from '../../functions/shared/events.ts';
import { everyEntry } from '../support/consistency.ts';
import { logLines, metricIn } from '../support/functions.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { type Ear, type Envelope, listenTo } from '../support/queues.ts';
import { call, clientIdOf, eventually, importExample, type Reply, world } from '../support/world.ts';

const buses = ['product', 'platform', 'operations', 'enterprise'] as const;
const types = new Map(slices.flatMap(({ events }) => events).map((event) => [event.type, event]));
const agent = agentOf('product');
const run = Date.now();

const propose = async (as: string, type: string, more: object = {}): Promise<Reply['body']> => {
  const { status, body, text } = await call('POST', '/decisions', { as, body: aProposal(type, { ...more }) });
  expect(status, text).toBe(201);
  return body;
};

const patch = (id: string, version: number, body: object): Promise<Reply> =>
  call('PATCH', `/agents/${id}`, { as: enterpriseOrchestrator, body, headers: { 'if-match': `"v${version}"` } });

async function aNewAgent(): Promise<string> {
  const { id: _, ...like } = agent;
  const id = `agt_evt_${randomUUID()}`;
  const body = { ...like, id, client_id: clientIdOf('product-runtime') };
  const made = await call('POST', '/agents', { as: enterpriseOrchestrator, body });
  expect(made.status, made.text).toBe(201);
  return id;
}

/** An ear on every bus, for one subject or for all. */
async function everywhere(subject?: string): Promise<Map<string, Ear<Envelope>>> {
  const pattern = subject === undefined ? {} : { detail: { subject: [subject] } };
  return new Map(await Promise.all(buses.map(async (bus) => [bus, await listenTo(bus, pattern)] as const)));
}

/** How often each bus has heard events of a type. */
async function counts(ears: Map<string, Ear<Envelope>>, type: string): Promise<Record<string, number>> {
  const heard = [...ears].map(async ([bus, ear]) => {
    const found = (await ear.heard()).filter(({ detail }) => detail.type === type);
    return [bus, found.length] as const;
  });
  return Object.fromEntries((await Promise.all(heard)).filter(([, count]) => count > 0));
}

const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000));

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('the buses', () => {
  it('[EVT-1] bring an event to the bus of its domain, and nowhere else', async () => {
    const ears = await everywhere();
    const decision = await propose(agent.id, 'implementation_detail');
    const mine = ({ detail }: Envelope): boolean => detail.subject === `decision/${decision.id}`;
    const [event] = (await ears.get('product')?.until(1, mine)) ?? [];
    expect(event).toMatchObject({ source: 'orchestra', 'detail-type': 'orchestra.decision.allowed.v1' });
    expect(event?.detail).toMatchObject({
      id: decision.entry_id,
      source: '/orchestra/product/decision',
      domain: 'product',
    });
    await quiet();
    for (const [bus, ear] of ears) {
      const heard = (await ear.heard()).filter(mine);
      expect({ bus, heard: heard.length }).toEqual({ bus, heard: bus === 'product' ? 1 : 0 });
    }
  });

  it('[EVT-1] bring what concerns another domain across the enterprise bus, once to each, without running in circles', async () => {
    const id = await aNewAgent();
    const ears = await everywhere(`agent/${id}`);
    expect((await patch(id, 1, { team: 'security', owner: 'Somebody in platform' })).status).toBe(200);
    const type = 'orchestra.agent.changed.v1';
    const [event] = (await ears.get('product')?.until(1, ({ detail }) => detail.type === type)) ?? [];
    expect(event?.detail).toMatchObject({ domain: 'platform', data: { concerns: ['platform', 'product'] } });
    await quiet();
    expect(await counts(ears, type)).toEqual({ platform: 1, enterprise: 1, product: 1 });
  });

  it('[EVT-1] bring what the enterprise must know to its bus', async () => {
    const [product, enterprise] = [await listenTo('product'), await listenTo('enterprise')];
    const { escalation_id } = await propose(orchestratorOf('product'), 'budget_allocation');
    const opened = ({ detail }: Envelope): boolean => detail.subject === `escalation/${escalation_id}`;
    expect(await product.until(1, opened)).toHaveLength(1);
    const [event] = await enterprise.until(1, opened);
    expect(event?.detail).toMatchObject({ type: 'orchestra.escalation.opened.v1', domain: 'product' });
  });

  it('[EVT-1] [EVT-2] carry every entry that is recorded, as a valid CloudEvent with the data of its type', async () => {
    const ears = await everywhere();
    const began = new Date().toISOString();
    // Other tests have recorded with clocks that ran ahead, so the time of an entry does not tell old from new.
    const before = new Set((await everyEntry()).map(({ id }) => id));
    await propose(agent.id, 'implementation_detail');
    await propose(agent.id, 'scope_change', { related_tasks: ['TASK-1', 'TASK-2'] });
    await propose(agentOf('operations').id, 'paint_the_shed');
    await call('GET', '/audit/entries?domain=platform', { as: agent.id });
    await patch(await aNewAgent(), 1, { status: 'paused', reason: 'A pause' });
    const hold = { selector: { by: 'task', value: 'TASK-1' }, reason: 'To see its event' };
    await call('POST', '/audit/holds', { as: humanWith('auditor'), body: hold });
    const recorded = (await everyEntry()).filter(({ id, restored_at }) => !before.has(id) && !restored_at);
    expect(new Set(recorded.map(({ event }) => event.type)).size).toBeGreaterThanOrEqual(8);
    for (const item of recorded) {
      const home = ears.get(item.domain) ?? ears.get('enterprise');
      const [event] = (await home?.until(1, ({ detail }) => detail.id === item.id)) ?? [];
      expect(event?.detail).toEqual(cloudEventOf(item));
      const { type, data } = CloudEvent.parse(event?.detail);
      expect(types.get(type)?.data.parse(data)).toEqual(data);
      expect({ at: event?.['detail-type'], from: event?.source }).toEqual({ at: type, from: 'orchestra' });
    }
    const heard = (await Promise.all([...ears.values()].map((ear) => ear.heard()))).flat();
    // Workflows that were started have gone on recording meanwhile.
    const ids = new Set((await everyEntry()).map(({ id }) => id));
    expect(heard.filter(({ detail }) => detail.time >= began && !ids.has(detail.id))).toEqual([]);
  });
});

describe('the stream', () => {
  it('[EVT-2] keeps the order of each subject, and the trace of each request', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, aNewAgent));
    const ear = await listenTo('product', { detail: { type: ['orchestra.agent.changed.v1'] } });
    const trace = run.toString(16).padStart(32, 'a');
    const change = async (id: string): Promise<void> => {
      for (let version = 1; version <= 25; version += 1) {
        const reply = await call('PATCH', `/agents/${id}`, {
          as: enterpriseOrchestrator,
          body: { capacity: version + 10 },
          headers: { 'if-match': `"v${version}"`, traceparent: `00-${trace}-00f067aa0ba902b7-01` },
        });
        expect(reply.status, reply.text).toBe(200);
      }
    };
    await Promise.all(ids.map(change));
    const subjects = new Set(ids.map((id) => `agent/${id}`));
    const heard = await ear.until(100, ({ detail }) => subjects.has(detail.subject));
    for (const subject of subjects) {
      const of = heard.filter(({ detail }) => detail.subject === subject);
      expect(of.map(({ detail }) => Number(detail.sequence))).toEqual(of.map((_, index) => index + 2));
      for (const { detail } of of) expect(detail.traceparent).toContain(trace);
    }
    expect(heard).toHaveLength(100);
  });
});

describe('the archive of a bus', () => {
  const events = (): EventBridgeClient => {
    world();
    return new EventBridgeClient({});
  };
  const archives = async () => (await events().send(new ListArchivesCommand({ Limit: 100 }))).Archives ?? [];

  it('[EVT-4] is there for every bus, and fills', async () => {
    await propose(agent.id, 'implementation_detail');
    const found = await eventually('every bus has archived something', async () => {
      const all = await archives();
      return all.length > 0 && all.every(({ EventCount = 0 }) => EventCount > 0) ? all : undefined;
    });
    const sources = found.map(({ EventSourceArn = '' }) => EventSourceArn.split('/').at(-1) ?? '');
    expect(new Set(sources)).toEqual(new Set(buses.map((bus) => `orchestra-local-${bus}`)));
    for (const { State, RetentionDays = 0 } of found) {
      expect(State).toBe('ENABLED');
      expect(RetentionDays).toBeGreaterThan(0);
    }
  });

  it('[EVT-4] [EVT-2] replays old events as they were, and consumers that have seen them do nothing again', async () => {
    const EventStartTime = new Date(Date.now() - 1000);
    const id = await aNewAgent();
    const { body } = await call('POST', '/decisions', { as: id, body: aProposal('scope_change') });
    expect((await patch(id, 1, { status: 'retired' })).status).toBe(200);
    const escalation = `escalation/${body.escalation_id}`;
    await eventually('the escalation is cancelled', async () => (await itemsOf(escalation))[1]);
    const subject = `agent/${id}`;
    const ear = await listenTo('product', { detail: { subject: [subject] }, 'replay-name': [{ exists: true }] });
    const before = await Promise.all([itemsOf(subject), itemsOf(escalation)]);
    const archive = (await archives()).find(({ EventSourceArn }) => EventSourceArn?.endsWith('-product'));
    const ReplayName = `test-${randomUUID()}`;
    const began = new Date();
    await events().send(
      new StartReplayCommand({
        ReplayName,
        EventSourceArn: archive?.EventSourceArn?.replace(/event-bus\/.*/, `archive/${archive.ArchiveName}`),
        Destination: { Arn: archive?.EventSourceArn },
        EventStartTime,
        EventEndTime: new Date(Date.now() + 1000),
      }),
    );
    await eventually('the replay is over', async () => {
      const { State } = await events().send(new DescribeReplayCommand({ ReplayName }));
      return State === 'COMPLETED' ? State : undefined;
    });
    const replayed = await ear.until(2);
    expect(replayed.map(({ detail }) => detail)).toEqual(before[0].map(cloudEventOf));
    for (const { 'replay-name': name } of replayed) expect(name).toBe(ReplayName);
    await eventually('the consumer has heard it again', async () => {
      const lines = await logLines('approvals-consumer', began);
      return lines.find((line) => metricIn(line, 'EventsConsumed')?.values.some((one) => one > 0));
    });
    expect(await Promise.all([itemsOf(subject), itemsOf(escalation)])).toEqual(before);
  });
});
