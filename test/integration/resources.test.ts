import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Booking, eachOnce, peak } from '../../functions/dependencies/calendar-model.ts';
import { resourceStore } from '../../functions/dependencies/resource-store.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { messagesAbout } from '../support/approvals.ts';
import { aTaskIn, endTask, getDependency, inMinutes, register, step, until } from '../support/dependencies.ts';
import { anEvent, Crash, type Fault, faultyClient, lambdaContext } from '../support/in-process.ts';
import { invoke } from '../support/functions.ts';
import { entriesBy } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { pagesOf } from '../support/pages.ts';
import { listenTo } from '../support/queues.ts';
import { ask, dependenciesHere } from '../support/slices.ts';
import { togetherClient } from '../support/together.ts';
import { untilKnown } from '../support/tasks.ts';
import { call, entriesOf, importExample, type Reply, world } from '../support/world.ts';
import { discrepancies } from '../support/consistency.ts';

const owner = orchestratorOf('platform');
const [mine, theirs] = [agentOf('product').id, agentOf('operations').id];
const sameTeam = agentOf('product', 1).id;
const day = 1_440;

async function aResource(capacity: number): Promise<string> {
  const id = `res-${randomUUID()}`.slice(0, 40);
  const body = { id, name: 'GPU cluster', domain: 'platform', capacity, unit: 'nodes' };
  const reply = await call('POST', '/resources', { as: owner, body });
  expect(reply.status, reply.text).toBe(201);
  return id;
}

const window = (from: number, to: number, amount = 1) => ({ from: inMinutes(from), to: inMinutes(to), amount });
const reserve = (resource: string, as: string, body: object): Promise<Reply> =>
  call('POST', `/resources/${resource}/reservations`, { as, body: { purpose: 'Training', ...body } });

/** Everything that is booked of a resource, as it is stored. */
const bookedOf = async (resource: string): Promise<Booking[]> =>
  eachOnce(await resourceStore(world().state).booked(resource, '2000-01-01', '9999-12-31'));
const mostBooked = async (resource: string): Promise<number> =>
  peak(await bookedOf(resource), { from: 0, to: Number.MAX_SAFE_INTEGER });

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
  await untilKnown([mine]);
});

describe('resources', () => {
  it('[DEP-4] are offered by the orchestrator of their domain or above, listed and changed', async () => {
    const id = await aResource(4);
    const offered = { name: 'X', domain: 'platform', capacity: 1, unit: 'x' };
    const add = (as: string, more = {}) =>
      call('POST', '/resources', { as, body: { id: `x-${id}`.slice(0, 40), ...offered, ...more } });
    expect(await add(mine)).toMatchObject({ status: 403, body: { code: 'PrincipalKindRefused' } });
    expect(await add(orchestratorOf('product'))).toMatchObject({ status: 403, body: { code: 'OutsideOwnDomain' } });
    expect(await add(humanWith('auditor'))).toMatchObject({ status: 403, body: { code: 'RoleMissing' } });
    expect(await add(owner, { id })).toMatchObject({ status: 409, body: { code: 'AlreadyExists' } });
    expect(await add(enterpriseOrchestrator, { domain: 'nowhere' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/body/domain' }] },
    });
    const patch = (version: number, body: object) =>
      call('PATCH', `/resources/${id}`, { as: owner, headers: { 'if-match': `"v${version}"` }, body });
    expect(await patch(1, { capacity: 6 })).toMatchObject({ status: 200, body: { capacity: 6, version: 2 } });
    expect(await patch(1, { capacity: 7 })).toMatchObject({ status: 412 });
    expect((await entriesOf(`resource/${id}`)).map(({ sequence }) => sequence)).toEqual([1, 2]);
    const second = await aResource(1);
    const ids = (await pagesOf('/resources?domain=platform&limit=1', mine)).flat().map((one) => one.id);
    expect(ids).toEqual(expect.arrayContaining([id, second]));
    const all = (await pagesOf('/resources?limit=1', mine)).flat().map((one) => one.id);
    expect(all).toEqual(expect.arrayContaining(ids));
    expect(new Set(all).size).toBe(all.length);
    expect(await call('GET', `/resources/${id}`, { as: theirs })).toMatchObject({ status: 200, body: { capacity: 6 } });
  });

  it('[DEP-4] are reserved up to their capacity; beyond it a refusal says when they are free next', async () => {
    const id = await aResource(4);
    const [first, second] = [window(60, 120, 3), window(90, 180, 1)];
    expect(await reserve(id, theirs, first)).toMatchObject({ status: 201, body: { state: 'reserved', version: 1 } });
    expect(await reserve(id, mine, second)).toMatchObject({ status: 201 });
    const asked = window(100, 130, 2);
    const refused = await reserve(id, mine, asked);
    expect(refused).toMatchObject({ status: 409, body: { code: 'ReservationRefused' } });
    const length = Date.parse(asked.to) - Date.parse(asked.from);
    const next = { from: first.to, to: new Date(Date.parse(first.to) + length).toISOString() };
    expect(refused.body.next_free).toEqual(next);
    expect(refused.body.detail).toContain(next.from);
    // What it says is so.
    expect(await reserve(id, mine, { ...next, amount: 2 })).toMatchObject({ status: 201 });
    expect(await mostBooked(id)).toBe(4);
    const [[, last] = []] = await pagesOf(`/resources/${id}/reservations`, theirs);
    expect(last).toMatchObject({ from: second.from, holder: { principal: mine } });
  });

  it('[DEP-4] a refusal between teams is recorded and told with who stands in the way; one within a team is not', async () => {
    const id = await aResource(2);
    const types = { detail: { type: ['orchestra.reservation.refused.v1'] } };
    const ears = [await listenTo('product', types), await listenTo('operations', types)];
    const { body: held } = await reserve(id, theirs, window(60, 120, 2));
    const task = await aTaskIn('product');
    expect(await reserve(id, mine, { ...window(60, 90), task_id: task.id })).toMatchObject({ status: 409 });
    for (const ear of ears) {
      const [heard, ...more] = await ear.until(1, ({ detail }) => detail.data.resource_id === id);
      expect(more).toEqual([]);
      expect(heard?.detail.data).toMatchObject({
        principal_id: mine,
        task_id: task.id,
        next_free_from: held.to,
        holders: [{ reservation_id: held.id, principal_id: theirs, amount: 2 }],
      });
    }
    const own = await aResource(1);
    expect(await reserve(own, sameTeam, window(60, 120))).toMatchObject({ status: 201 });
    expect(await reserve(own, mine, window(60, 120))).toMatchObject({ status: 409 });
    const recorded = (await entriesBy(mine)).filter(({ subject }) => subject.startsWith('resource-refusal/'));
    const about = recorded.map(({ event }) => event.data.resource_id);
    expect(about.filter((one) => one === id)).toHaveLength(1);
    expect(about).not.toContain(own);
  });

  it('[DEP-4] are reserved across days and for 31 days, for what lies ahead, and for tasks of one’s own', async () => {
    const id = await aResource(1);
    expect(await reserve(id, mine, window(60, 31 * day))).toMatchObject({ status: 201 });
    expect(await reserve(id, theirs, window(20 * day, 20 * day + 5))).toMatchObject({ status: 409 });
    expect(await reserve(id, theirs, window(31 * day, 32 * day))).toMatchObject({ status: 201 });
    const faultOf = async (body: object) => {
      const { status, body: problem } = await reserve(id, mine, body);
      expect(status, JSON.stringify(problem)).toBe(422);
      return problem.errors[0].pointer;
    };
    expect(await faultOf(window(50, 40))).toBe('/body/to');
    expect(await faultOf(window(60, 60 + 32 * day))).toBe('/body/to');
    expect(await faultOf(window(-30, 60))).toBe('/body/from');
    expect(await faultOf(window(400 * day, 401 * day))).toBe('/body/from');
    expect(await faultOf(window(60 * day, 61 * day, 2))).toBe('/body/amount');
    expect(await faultOf({ ...window(60 * day, 61 * day), task_id: 'TASK-none' })).toBe('/body/task_id');
    const others = await aTaskIn('operations');
    const foreign = await reserve(id, mine, { ...window(60 * day, 61 * day), task_id: others.id });
    expect(foreign).toMatchObject({ status: 403, body: { code: 'NotAParty' } });
    expect(await reserve('no-such-thing', mine, window(60, 61))).toMatchObject({ status: 404 });
  });

  it('[DEP-4] are free again when a reservation is given up, by its holder or whose the resource is', async () => {
    const id = await aResource(1);
    const { body: held } = await reserve(id, mine, window(60, 2 * day));
    const cancel = (as: string) =>
      call('POST', `/reservations/${held.id}/cancellation`, { as, body: { reason: 'Done.' } });
    expect(await cancel(theirs)).toMatchObject({ status: 403, body: { code: 'NotAParty' } });
    expect(await cancel(sameTeam)).toMatchObject({ status: 200, body: { state: 'cancelled', version: 2 } });
    expect(await cancel(mine)).toMatchObject({ status: 409, body: { code: 'ReservationClosed' } });
    expect(await bookedOf(id)).toEqual([]);
    const { body: other } = await reserve(id, theirs, window(60, 120));
    const given = { as: owner, body: { reason: 'Maintenance.' } };
    expect(await call('POST', `/reservations/${other.id}/cancellation`, given)).toMatchObject({ status: 200 });
    const path = `/reservations/${other.id}`;
    expect(await call('GET', path, { as: mine })).toMatchObject({ body: { state: 'cancelled', cancelled_by: owner } });
    expect((await pagesOf(`/resources/${id}/reservations`, mine)).flat()).toEqual([]);
    const handler = await dependenciesHere({ now: () => addSeconds(new Date(), -7_200) });
    const body = { purpose: 'Earlier', ...window(-110, -60) };
    const { body: past } = await ask(handler, 'POST', `/resources/${id}/reservations`, { as: mine, body });
    expect(await call('GET', `/reservations/${past.id}`, { as: mine })).toMatchObject({ body: { state: 'over' } });
    const late = { as: mine, body: { reason: 'Late.' } };
    expect(await call('POST', `/reservations/${past.id}/cancellation`, late)).toMatchObject({
      body: { code: 'ReservationClosed' },
    });
  });
});

describe('many at once', () => {
  /** Answers of reservations that were all planned before any of them was written. */
  async function together(resource: string, n: number, body: (nth: number) => object): Promise<Reply['body'][]> {
    const handler = await dependenciesHere({ client: togetherClient(n) });
    const path = `/resources/${resource}/reservations`;
    const asked = Array.from({ length: n }, (_, nth) => ({ purpose: 'Training', ...body(nth) }));
    const replies = await Promise.all(asked.map((one) => ask(handler, 'POST', path, { as: mine, body: one })));
    return replies.map(({ status, body: answer }) => ({ status, ...answer }));
  }
  const statuses = (replies: readonly Reply['body'][]) => Object.groupBy(replies, ({ status }) => status);

  it(
    '[DEP-4] 50 for one window of a capacity of 10: 10 are accepted, and never more',
    { timeout: 180_000 },
    async () => {
      const id = await aResource(10);
      const asked = window(60, 120);
      const { 201: accepted = [], 409: refused = [], ...others } = statuses(await together(id, 50, () => asked));
      expect(others).toEqual({});
      expect([accepted.length, refused.length]).toEqual([10, 40]);
      for (const one of refused)
        expect(one).toMatchObject({ code: 'ReservationRefused', next_free: { from: asked.to } });
      expect(await mostBooked(id)).toBe(10);
      expect(await bookedOf(id)).toHaveLength(10);
    },
  );

  it(
    '[DEP-4] 50 that all fit are all accepted, on a day that nobody had booked yet',
    { timeout: 180_000 },
    async () => {
      const id = await aResource(50);
      const replies = await together(id, 50, () => window(60, 120));
      expect(statuses(replies)[201]).toHaveLength(50);
      expect(await mostBooked(id)).toBe(50);
    },
  );

  it(
    '[DEP-4] through the API, 25 of overlapping windows and amounts: never more than there is',
    { timeout: 180_000 },
    async () => {
      const id = await aResource(7);
      const asked = Array.from({ length: 25 }, (_, n) => window(60 + (n % 5) * 20, 160 + (n % 7) * 300, 1 + (n % 3)));
      const replies = await Promise.all(asked.map((one, n) => reserve(id, n % 2 === 0 ? mine : theirs, one)));
      for (const { status, text } of replies) expect([201, 409], text).toContain(status);
      expect(replies.every(({ status, body }) => status === 201 || body.code === 'ReservationRefused')).toBe(true);
      expect(await mostBooked(id)).toBeLessThanOrEqual(7);
      const accepted = replies.filter(({ status }) => status === 201).map(({ body }) => body.id);
      expect(new Set((await bookedOf(id)).map((one) => one.id))).toEqual(new Set(accepted));
      // Whoever was refused was so because there was no room: what is left has none for it either.
      const booked = await bookedOf(id);
      for (const [n, { status }] of replies.entries()) {
        const { from = '', to = '', amount = 0 } = asked[n] ?? {};
        if (status === 409)
          expect(peak(booked, { from: Date.parse(from), to: Date.parse(to) }) + amount).toBeGreaterThan(7);
      }
    },
  );

  it('[DEP-4] a capacity that is lowered meanwhile is never below what is reserved', { timeout: 180_000 }, async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await aResource(10);
      const lower = call('PATCH', `/resources/${id}`, {
        as: owner,
        headers: { 'if-match': '"v1"' },
        body: { capacity: 4 },
      });
      const reserving = Promise.all(Array.from({ length: 10 }, () => reserve(id, mine, window(60, 120))));
      const [patched, replies] = await Promise.all([lower, reserving]);
      expect([200, 409], patched.text).toContain(patched.status);
      const { body } = await call('GET', `/resources/${id}`, { as: mine });
      expect(await mostBooked(id)).toBeLessThanOrEqual(body.capacity);
      expect(replies.filter(({ status }) => status === 201)).toHaveLength((await bookedOf(id)).length);
      const again = { as: owner, headers: { 'if-match': `"v${body.version}"` }, body: { capacity: 1 } };
      expect(await call('PATCH', `/resources/${id}`, again)).toMatchObject({
        status: 409,
        body: { code: 'CapacityBooked' },
      });
    }
  });

  it(
    '[DEP-4] [AUD-2] a crash at any call reserves all of it or nothing; repeated, it is reserved once',
    { timeout: 120_000 },
    async () => {
      const id = await aResource(50);
      const body = { purpose: 'Training', ...window(60, 3 * day) };
      const attempt = async (idempotencyKey: string, fault: Fault) => {
        const { client, calls } = faultyClient(fault);
        const handler = await dependenciesHere({ client });
        const event = anEvent('POST', `/resources/${id}/reservations`, { as: mine, body, idempotencyKey });
        return { status: (await handler(event, lambdaContext)).statusCode, calls: calls.length };
      };
      const { calls } = await attempt(randomUUID(), {});
      let expected = 1;
      for (const when of ['before', 'after'] as const) {
        for (let point = 0; point < calls; point += 1) {
          const key = randomUUID();
          const crash = { [when]: ({ nth }: { nth: number }) => (nth === point ? new Crash(when) : undefined) };
          expect((await attempt(key, crash)).status).toBeGreaterThanOrEqual(500);
          expect((await attempt(key, {})).status).toBe(201);
          expected += 1;
          expect(await mostBooked(id), `${when} ${point}`).toBe(expected);
        }
      }
    },
  );
});

describe('a dependency on a resource', () => {
  const needs = (task: string, resource: string, more: object = {}) => ({
    type: 'resource',
    task_id: task,
    resource_id: resource,
    purpose: 'Training',
    ...window(60, 120),
    ...more,
  });

  it('[DEP-1] [DEP-4] reserves in its own transaction, is tracked by that, and hands over when its time begins', async () => {
    const [id, task] = [await aResource(1), await aTaskIn('product')];
    const made = await register(mine, needs(task.id, id, window(0.1, 60)));
    const { reservation_id: reservation } = made.booking;
    expect(made).toMatchObject({
      provider: { domain: 'platform', team: null },
      on: null,
      needed_by: made.booking.from,
    });
    const tracked = await until(made.id, mine, 'tracked');
    expect(tracked).toMatchObject({ version: 3, eta: made.booking.from });
    expect(await messagesAbout(`dependency/${made.id}`, owner)).toMatchObject([{ kind: 'dependency_registered' }]);
    expect(await call('GET', `/reservations/${reservation}`, { as: mine })).toMatchObject({
      body: { dependency_id: made.id, task_id: task.id },
    });
    const refused = await call('POST', '/dependencies', { as: mine, body: needs(task.id, id, window(10, 30)) });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'ReservationRefused', next_free: { from: made.booking.to } },
    });
    const nothing = await call('POST', '/dependencies', { as: mine, body: needs(task.id, 'no-such-thing') });
    expect(nothing).toMatchObject({ status: 422, body: { errors: [{ pointer: '/body/resource_id' }] } });
    expect((await call('GET', `/dependencies?task=${task.id}`, { as: mine })).body.items).toHaveLength(1);
    const milliseconds = Math.max(0, Date.parse(made.booking.from) - Date.now()) + 100;
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    expect(await invoke('dependencies-sweeper', {})).toMatchObject({ answer: { failed: 0 } });
    expect(await getDependency(made.id, mine)).toMatchObject({ state: 'resolved' });
    expect(await step(made.id, 'confirmation', mine, { accepted: true, reason: 'There.' })).toMatchObject({
      status: 200,
    });
    expect(await bookedOf(id)).toHaveLength(1);
  });

  it('[DEP-4] gives back what it reserved when it is withdrawn, by whomever, or its task ends', async () => {
    const id = await aResource(1);
    const [withdrawn, cancelled, ended] = [
      await aTaskIn('product'),
      await aTaskIn('product'),
      await aTaskIn('product'),
    ];
    const first = await register(mine, needs(withdrawn.id, id));
    expect(await step(first.id, 'withdrawal', mine, { reason: 'Not needed.' })).toMatchObject({ status: 200 });
    expect(await bookedOf(id)).toEqual([]);
    const second = await register(mine, needs(cancelled.id, id));
    await until(second.id, mine, 'tracked');
    const given = { as: owner, body: { reason: 'Maintenance.' } };
    const path = `/reservations/${second.booking.reservation_id}/cancellation`;
    expect(await call('POST', path, given)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    expect(await getDependency(second.id, mine)).toMatchObject({ state: 'withdrawn', reason: 'Maintenance.' });
    const [message] = await messagesAbout(`dependency/${second.id}`, mine);
    expect(message).toMatchObject({ kind: 'dependency_withdrawn' });
    const third = await register(mine, needs(ended.id, id));
    await until(third.id, mine, 'tracked');
    await endTask.cancelled(ended.id);
    await until(third.id, mine, 'withdrawn');
    expect(await bookedOf(id)).toEqual([]);
    expect((await entriesOf(`reservation/${third.booking.reservation_id}`)).map(({ sequence }) => sequence)).toEqual([
      1, 2,
    ]);
  });

  it('[DEP-4] [AUD-2] after all of it the state agrees with the ledger', async () => {
    expect((await discrepancies()).found).toEqual([]);
  });
});
