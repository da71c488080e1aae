import { randomUUID } from 'node:crypto';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { dependencyNotified, dependencyRegistered } from '../../functions/dependencies/contract.ts';
import { writes } from '../../functions/dependencies/store.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { fact } from '../../functions/shared/contract.ts';
import { type CloudEvent, cloudEventOf } from '../../functions/shared/events.ts';
import { newIdOf } from '../../functions/shared/ids.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import { messagesAbout } from '../support/approvals.ts';
import {
  aTaskIn,
  endTask,
  getDependency,
  inMinutes,
  need,
  register,
  step,
  taskNow,
  until,
} from '../support/dependencies.ts';
import { invoke } from '../support/functions.ts';
import { anEvent, Crash, environmentOf, type Fault, faultyClient, lambdaContext } from '../support/in-process.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf, orchestratorOf } from '../support/organization.ts';
import { listenTo } from '../support/queues.ts';
import { coreHere, dependenciesHere, dependenciesSweeperHere } from '../support/slices.ts';
import { claimed, untilKnown } from '../support/tasks.ts';
import { aDependency } from '../unit/dependencies/fixtures.ts';
import { call, importExample } from '../support/world.ts';
import { discrepancies } from '../support/consistency.ts';

const [mine, theirs] = [agentOf('product').id, agentOf('platform').id];
const orchestrator = orchestratorOf('platform');
const after = (minutes: number): (() => Date) => {
  const now = addSeconds(new Date(), minutes * 60);
  return () => now;
};

const kindsOf = async (id: string, owner: string): Promise<string[]> =>
  (await messagesAbout(`dependency/${id}`, owner)).map(({ kind }) => kind).toReversed();
const happenedTo = async (id: string): Promise<string[]> =>
  (await itemsOf(`dependency/${id}`)).map(({ event }) => event.type.split('.')[2] ?? '');

/** A task that needs another of the other domain, of which that was told. */
async function aNeed(more: Record<string, unknown> = {}, on: object = {}) {
  const [task, provider] = [await aTaskIn('product'), await aTaskIn('platform', on)];
  const { id } = await register(mine, need(task, provider, more));
  await until(id, mine, 'notified');
  return { id: id as string, task, on: provider };
}

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
  await untilKnown([mine, theirs]);
});

describe('an ETA', () => {
  it('[DEP-3] that slips past the need is told to both sides at once, once for each, by inbox and event', async () => {
    const types = { detail: { type: ['orchestra.dependency.at-risk.v1'] } };
    const ears = [await listenTo('product', types), await listenTo('platform', types)];
    const { id } = await aNeed();
    await step(id, 'acknowledgement', theirs, { eta: inMinutes(300) });
    const late = await step(id, 'eta', theirs, { eta: inMinutes(700), reason: 'The schema changed.' });
    expect(late).toMatchObject({ status: 200, body: { state: 'at_risk', alert: { cause: 'eta_late' }, version: 5 } });
    for (const ear of ears) {
      const about = (envelope: { detail: CloudEvent }) => envelope.detail.data.dependency_id === id;
      expect((await ear.until(1, about)).filter(about)).toHaveLength(1);
    }
    for (let sweep = 0; sweep < 3; sweep += 1) expect((await invoke('dependencies-sweeper', {})).error).toBeUndefined();
    expect(await kindsOf(id, mine)).toEqual(['dependency_tracked', 'dependency_tracked', 'dependency_at_risk']);
    expect(await kindsOf(id, orchestrator)).toEqual(['dependency_registered', 'dependency_at_risk']);
    const later = await step(id, 'eta', theirs, { eta: inMinutes(800), reason: 'It changed again.' });
    expect(later.body).toMatchObject({ state: 'at_risk', version: 7 });
    const back = await step(id, 'eta', theirs, { eta: inMinutes(500), reason: 'We left half of it out.' });
    expect(back.body).toMatchObject({ state: 'tracked', alert: null });
    expect(await happenedTo(id)).toEqual(
      'registered notified tracked eta-changed at-risk eta-changed at-risk eta-changed recovered'.split(' '),
    );
    expect((await kindsOf(id, orchestrator)).filter((kind) => kind === 'dependency_at_risk')).toHaveLength(2);
  });

  it('[DEP-3] that is too late when it is first given is told at once; one in the past is refused', async () => {
    const { id } = await aNeed();
    const past = await step(id, 'acknowledgement', theirs, { eta: inMinutes(-1) });
    expect(past).toMatchObject({ status: 422, body: { errors: [{ pointer: '/body/eta' }] } });
    const late = await step(id, 'acknowledgement', theirs, { eta: inMinutes(900) });
    expect(late.body).toMatchObject({ state: 'at_risk', tracked_at: expect.any(String) });
    expect(await happenedTo(id)).toEqual(['registered', 'notified', 'tracked', 'at-risk']);
  });
});

describe('time', () => {
  it('[DEP-3] warns of a task that nobody has begun, before the need, once; then says once that it is late', async () => {
    const { id } = await aNeed({ needed_by: inMinutes(100) }, { estimate_minutes: 60 });
    await (
      await dependenciesSweeperHere({ now: after(39) })
    )();
    expect(await getDependency(id, mine)).toMatchObject({ state: 'notified', alert: null });
    const sweepers = await Promise.all([1, 2, 3].map(() => dependenciesSweeperHere({ now: after(41) })));
    await Promise.all(sweepers.map((sweep) => sweep()));
    expect(await getDependency(id, mine)).toMatchObject({
      state: 'at_risk',
      alert: { cause: 'predicted' },
      version: 3,
    });
    await (
      await dependenciesSweeperHere({ now: after(60) })
    )();
    expect(await kindsOf(id, mine)).toEqual(['dependency_at_risk']);
    expect(await kindsOf(id, orchestrator)).toEqual(['dependency_registered', 'dependency_at_risk']);
    const late = await dependenciesSweeperHere({ now: after(101) });
    expect((await late()).delayed).toBeGreaterThanOrEqual(1);
    await late();
    expect(await getDependency(id, mine)).toMatchObject({ state: 'delayed', version: 4 });
    expect(await kindsOf(id, mine)).toEqual(['dependency_at_risk', 'dependency_delayed']);
    expect(await happenedTo(id)).toEqual(['registered', 'notified', 'at-risk', 'delayed']);
    // However late, it can be handed over and taken over still.
    expect(await step(id, 'acknowledgement', theirs, { eta: inMinutes(120) })).toMatchObject({ status: 200 });
    expect(await step(id, 'resolution', theirs, { delivered: 'There.' })).toMatchObject({ status: 200 });
    expect(await step(id, 'confirmation', mine, { accepted: true, reason: 'Good.' })).toMatchObject({ status: 200 });
  });

  it('[DEP-3] says nothing of a task that is being worked on as estimated, and warns when it is given back', async () => {
    const { id, on } = await aNeed({ needed_by: inMinutes(60.1) }, { estimate_minutes: 60 });
    const token = await claimed(theirs, on.id);
    // The last moment to begin it goes by.
    await new Promise((resolve) => setTimeout(resolve, 6_500));
    expect(await invoke('dependencies-sweeper', {})).toMatchObject({ answer: { failed: 0 } });
    expect(await getDependency(id, mine)).toMatchObject({ state: 'notified', version: 2 });
    await endTask.released(on.id, theirs, token);
    expect(await until(id, mine, 'at_risk')).toMatchObject({ alert: { cause: 'predicted', basis: '60' } });
    await endTask.cancelled(on.id);
  });

  it('[DEP-3] follows what is changed of the providing task', async () => {
    const { id, on } = await aNeed();
    let version = 1;
    const patch = async (body: object) => {
      const headers = { 'if-match': `"v${version}"` };
      const reply = await call('PATCH', `/tasks/${on.id}`, { as: orchestrator, headers, body });
      expect(reply.status, reply.text).toBe(200);
      version = reply.body.version;
    };
    await patch({ priority: 'high' });
    await patch({ estimate_minutes: 700 });
    expect(await until(id, mine, 'at_risk')).toMatchObject({ version: 3, alert: { cause: 'predicted', basis: '700' } });
    await patch({ estimate_minutes: 30 });
    expect(await until(id, mine, 'notified')).toMatchObject({ version: 4, alert: null });
    expect(await happenedTo(id)).toEqual(['registered', 'notified', 'at-risk', 'recovered']);
  });

  it('[DEP-3] warns when the providing task fails, and lets another way be found', async () => {
    const { id, on } = await aNeed();
    await step(id, 'acknowledgement', theirs, { eta: inMinutes(300) });
    await endTask.failed(on.id, theirs);
    expect(await until(id, mine, 'at_risk')).toMatchObject({ alert: { cause: 'task_failed' } });
    expect((await kindsOf(id, mine)).at(-1)).toBe('dependency_at_risk');
    expect(await step(id, 'resolution', orchestrator, { delivered: 'Another service has it.' })).toMatchObject({
      status: 200,
      body: { state: 'resolved' },
    });
  });

  it('[DEP-1] [DEP-3] finds what an event was lost about, and tells who provides', async () => {
    const { id } = await aSilentOne();
    const sweep = await dependenciesSweeperHere();
    await sweep();
    expect(await getDependency(id, mine)).toMatchObject({ state: 'notified', version: 2 });
    expect(await kindsOf(id, orchestrator)).toEqual(['dependency_registered']);
    await sweep();
    expect((await getDependency(id, mine)).version).toBe(2);
  });
});

/** A dependency that was registered a while ago, and of which nobody heard; and the event that was lost. */
async function aSilentOne(): Promise<{ id: string; event: CloudEvent }> {
  const [task, on] = [await aTaskIn('product'), await aTaskIn('platform')];
  const { commit } = await coreHere();
  const now = addSeconds(new Date(), -600);
  const silent = aDependency({
    id: newIdOf('dep'),
    version: 1,
    type: 'informational',
    state: 'registered',
    task_id: task.id,
    on: on.id,
    needed_by: inMinutes(600),
    registered_by: mine,
    registered_at: now.toISOString(),
    notified_at: null,
  });
  const { id, type, state, needed_by, eta, dependent, provider } = silent;
  const data = {
    dependency_id: id,
    task_id: task.id,
    on: on.id,
    type,
    state,
    needed_by,
    eta,
    resource_id: null,
    dependent_domain: dependent.domain,
    dependent_team: dependent.team,
    provider_domain: provider.domain,
    provider_team: provider.team,
    concerns: ['product'],
  };
  const entry = { action_type: 'execution' as const, domain: 'product', subject: `dependency/${id}`, sequence: 1 };
  await commit(
    {
      writes: [writes.create(silent), writes.watch(silent, now)],
      // Nobody consumes an event of this type.
      entries: [{ ...entry, summary: 'Silent', event: fact(dependencyNotified, data) }],
    },
    { actor: mine, now, trace: continueTrace(undefined) },
  );
  const [item] = await itemsOf(`dependency/${id}`);
  if (!item) throw new Error('there is no entry');
  return { id, event: { ...cloudEventOf(item), type: dependencyRegistered.type } };
}

type Consumer = (event: SQSEvent, context: typeof lambdaContext) => Promise<SQSBatchResponse>;

/** The slice's consumer in this process; ids of the messages that it gives back. */
async function consumerHere(fault: Fault = {}) {
  await environmentOf('orchestra-local-dependencies-consumer');
  const { dependenciesConsumer } = await import('../../functions/dependencies/consumer.ts');
  const { client, calls } = faultyClient(fault);
  const consume = dependenciesConsumer(await coreHere({ client })) as unknown as Consumer;
  const deliver = async (...events: CloudEvent[]): Promise<number> => {
    const Records = events.map((detail) => ({ messageId: randomUUID(), body: JSON.stringify({ detail }) }));
    return (await consume({ Records } as unknown as SQSEvent, lambdaContext)).batchItemFailures.length;
  };
  return { deliver, calls };
}

describe('events', () => {
  it('[DEP-1] delivered again, by two consumers at once and under other ids, tell once', async () => {
    const { id, on } = await aNeed();
    const [registered] = (await itemsOf(`dependency/${id}`)).map(cloudEventOf);
    if (!registered) throw new Error('there is no event');
    const again = (): CloudEvent => ({ ...registered, id: randomUUID() });
    const consumers = await Promise.all([consumerHere(), consumerHere()]);
    await Promise.all(consumers.map(({ deliver }) => deliver(again(), registered, again())));
    expect(await happenedTo(id)).toEqual(['registered', 'notified']);
    expect(await kindsOf(id, orchestrator)).toEqual(['dependency_registered']);
    await endTask.done(on.id, theirs);
    await until(id, mine, 'resolved');
    const [done] = (await itemsOf(`task/${on.id}`)).map(cloudEventOf).toReversed();
    for (const { deliver } of consumers)
      expect(await deliver(...(done ? [{ ...done, id: randomUUID() }] : []))).toBe(0);
    expect(await happenedTo(id)).toEqual(['registered', 'notified', 'resolved']);
  });

  it(
    '[DEP-1] [AUD-2] a consumer that dies at any call leaves all of a step or none, and the next delivery ends it once',
    { timeout: 120_000 },
    async () => {
      const first = await aSilentOne();
      const { deliver, calls } = await consumerHere();
      expect(await deliver(first.event)).toBe(0);
      const made = calls.length;
      expect(made).toBeGreaterThan(3);
      for (const when of ['before', 'after'] as const) {
        for (let point = 0; point < made; point += 1) {
          const { id, event } = await aSilentOne();
          const crash = { [when]: ({ nth }: { nth: number }) => (nth === point ? new Crash(when) : undefined) };
          expect(await (await consumerHere(crash)).deliver(event)).toBe(1);
          expect(await deliver(event)).toBe(0);
          expect(await happenedTo(id), `${when} ${point}`).toEqual(['notified', 'notified']);
          expect(await kindsOf(id, orchestrator)).toEqual(['dependency_registered']);
        }
      }
    },
  );

  it('[DEP-3] [AUD-2] a sweep that dies at any call warns once in the end', { timeout: 120_000 }, async () => {
    const sweepAt = async (minutes: number, fault: Fault) => {
      const { client, calls } = faultyClient(fault);
      const sweep = await dependenciesSweeperHere({ client, now: after(minutes) });
      await sweep().catch(() => undefined);
      return calls.length;
    };
    await sweepAt(45, {});
    const probe = await aNeed({ needed_by: inMinutes(100) }, { estimate_minutes: 60 });
    const calls = await sweepAt(45, {});
    expect(await kindsOf(probe.id, mine)).toEqual(['dependency_at_risk']);
    expect(calls).toBeGreaterThan(5);
    for (const when of ['before', 'after'] as const) {
      for (let point = 0; point < calls; point += 1) {
        const { id } = await aNeed({ needed_by: inMinutes(100) }, { estimate_minutes: 60 });
        const fault = { [when]: ({ nth }: { nth: number }) => (nth === point ? new Crash(when) : undefined) };
        await sweepAt(45, fault);
        await sweepAt(45, {});
        expect(await happenedTo(id), `${when} ${point}`).toEqual(['registered', 'notified', 'at-risk']);
        for (const owner of [mine, orchestrator])
          expect((await kindsOf(id, owner)).filter((kind) => kind === 'dependency_at_risk')).toHaveLength(1);
      }
    }
  });
});

describe('a crash of a request', () => {
  it(
    '[DEP-1] [DEP-2] at any call leaves the dependency in the way of its task, or neither; repeated, it is there once',
    { timeout: 120_000 },
    async () => {
      const on = await aTaskIn('platform');
      const attempt = async (body: object, key: string, fault: Fault) => {
        const { client, calls } = faultyClient(fault);
        const handler = await dependenciesHere({ client });
        const reply = await handler(
          anEvent('POST', '/dependencies', { as: mine, body, idempotencyKey: key }),
          lambdaContext,
        );
        return { status: reply.statusCode, calls: calls.length };
      };
      const { calls } = await attempt(need(await aTaskIn('product'), on), randomUUID(), {});
      for (const when of ['before', 'after'] as const) {
        for (let point = 0; point < calls; point += 1) {
          const task = await aTaskIn('product');
          const [body, key] = [need(task, on), randomUUID()];
          const crash = { [when]: ({ nth }: { nth: number }) => (nth === point ? new Crash(when) : undefined) };
          expect((await attempt(body, key, crash)).status).toBeGreaterThanOrEqual(500);
          const { body: listed } = await call('GET', `/dependencies?task=${task.id}`, { as: mine });
          expect((await taskNow(task.id)).blocked_by.length, `${when} ${point}`).toBe(listed.items.length);
          expect((await attempt(body, key, {})).status).toBe(201);
          expect((await taskNow(task.id)).blocked_by).toHaveLength(1);
        }
      }
    },
  );

  it('[DEP-1] [AUD-2] after all of it the state agrees with the ledger', async () => {
    expect((await discrepancies()).found).toEqual([]);
  });
});
