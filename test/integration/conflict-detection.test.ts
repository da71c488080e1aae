import '../unit/audit/quiet.ts';
import { randomUUID } from 'node:crypto';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Conflict } from '../../functions/conflicts/contract.ts';

import { type ReservationRefused as Refused, reservationRefused } from '../../functions/dependencies/contract.ts';
import type { CloudEvent } from '../../functions/shared/events.ts';
import { newId } from '../../functions/shared/ids.ts';
import { messagesAbout } from '../support/approvals.ts';
import { agreeTo, atOptions, eventsOf, memberOf, propose } from '../support/conflicts.ts';
import { discrepancies, everyRow } from '../support/consistency.ts';
import { inMinutes } from '../support/dependencies.ts';
import { Crash, environmentOf, type Fault, faultyClient, lambdaContext } from '../support/in-process.ts';
import { orchestratorOf } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { coreHere } from '../support/slices.ts';
import { act, aTask, claimed, taskOf, untilKnown } from '../support/tasks.ts';
import { untilStatus } from '../support/workflows.ts';
import { call, eventually, importExample, world } from '../support/world.ts';

const from = inMinutes(60);
const to = inMinutes(120);

/** A refusal of a reservation of checkout, because reliability (and `more`) hold the resource. */
const aRefusal = (resource_id: string, more: Partial<Refused> = {}): Refused => ({
  resource_id,
  refusal_id: 'rfs_1',
  principal_id: memberOf('checkout'),
  domain: 'product',
  team: 'checkout',
  task_id: null,
  from,
  to,
  amount: 2,
  capacity: 2,
  next_free_from: to,
  holders: [
    {
      reservation_id: 'rsv_1',
      principal_id: memberOf('reliability'),
      domain: 'operations',
      team: 'reliability',
      task_id: null,
      from,
      to,
      amount: 2,
    },
  ],
  concerns: ['product', 'operations'],
  ...more,
});

/** Conflicts about a subject, open or not, read from the table. */
const about = async (subject: string): Promise<Conflict[]> =>
  (await everyRow(world().state.name)).filter(
    (row) => row.pk.startsWith('conflicts#conflict#') && row.sk === 'conflict' && row.subject === subject,
  ) as unknown as Conflict[];

const detected = (subject: string): Promise<Conflict> =>
  eventually(`a conflict about ${subject}`, async () => (await about(subject))[0]);

type Consumer = (event: SQSEvent, context: typeof lambdaContext) => Promise<SQSBatchResponse>;

/** The slice's consumer in this process, on a client that fails as told; it answers the messages that it gives back. */
async function consumerHere(fault: Fault = {}): Promise<(...events: CloudEvent[]) => Promise<string[]>> {
  await environmentOf('orchestra-local-conflicts-consumer');
  const { conflictsConsumer } = await import('../../functions/conflicts/consumer.ts');
  const { client } = faultyClient(fault);
  const workflow = { start: async () => {}, answer: async () => {} };
  const consume = conflictsConsumer(await coreHere({ client }), workflow) as unknown as Consumer;
  return async (...events) => {
    const Records = events.map((detail, index) => ({
      messageId: `message-${index}`,
      body: JSON.stringify({ detail }),
    }));
    const { batchItemFailures } = await consume({ Records } as unknown as SQSEvent, lambdaContext);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
}

const eventOf = (data: Refused): CloudEvent => ({
  specversion: '1.0',
  id: newId(new Date()),
  source: '/orchestra/product/reservation',
  type: reservationRefused.type,
  subject: 'refusal/rfs_1',
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  dataschema: `urn:orchestra:schema:${reservationRefused.type}`,
  domain: 'product',
  sequence: '1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  classification: 'internal',
  data,
});

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('a conflict is detected', () => {
  it('[CNF-1] where a reservation collides with one of another team', { timeout: 60_000 }, async () => {
    const resource = `gpu-${randomUUID()}`.slice(0, 40);
    const body = { id: resource, name: 'GPUs', domain: 'operations', capacity: 2, unit: 'GPU' };
    const operations = orchestratorOf('operations');
    expect(await call('POST', '/resources', { as: operations, body })).toMatchObject({ status: 201 });
    const task = await aTask('checkout', { priority: 'high' });
    const reserve = (as: string, task_id: string | null = null) =>
      call('POST', `/resources/${resource}/reservations`, {
        as,
        body: { from, to, amount: 2, purpose: 'Train', task_id },
      });
    expect(await reserve(memberOf('reliability'))).toMatchObject({ status: 201 });
    expect(await reserve(memberOf('checkout'), task)).toMatchObject({
      status: 409,
      body: { code: 'ReservationRefused' },
    });
    const conflict = await detected(`resource/${resource}`);
    expect(conflict).toMatchObject({
      type: 'priority',
      domain: 'enterprise',
      urgency: 'high',
      opened_by: 'orchestra_conflicts',
      detected_by: { event_type: 'orchestra.reservation.refused.v1' },
      related_tasks: [task],
      parties: [
        { id: 'checkout', speakers: [memberOf('checkout'), orchestratorOf('product')] },
        { id: 'reliability', speakers: [memberOf('reliability'), orchestratorOf('operations')] },
      ],
    });
    for (const one of conflict.parties.flatMap(({ speakers }) => speakers))
      expect((await messagesAbout(`conflict/${conflict.id}`, one)).at(-1)).toMatchObject({ kind: 'conflict_opened' });
    await untilStatus('conflict', conflict.id, 'RUNNING');
    // A team that is in its own way has nobody to quarrel with.
    const own = `own-${randomUUID()}`;
    const holders = aRefusal(own).holders.map((one) => ({ ...one, domain: 'product', team: 'checkout' }));
    expect(await (await consumerHere())(eventOf(aRefusal(own, { holders })))).toEqual([]);
    expect(await about(`resource/${own}`)).toEqual([]);
  });

  it('[CNF-1] where two teams work on one topic at the same time', { timeout: 60_000 }, async () => {
    const topic = `topic-${randomUUID()}`.slice(0, 40);
    const mine = await aTask('checkout', { topic });
    const sibling = await aTask('checkout', { topic });
    const given = await aTask('mobile', { topic });
    await untilKnown(['checkout', 'catalog', 'mobile'].flatMap((team) => [memberOf(team), memberOf(team, 1)]));
    // What was given back is worked on by nobody.
    const token = await claimed(memberOf('mobile'), given);
    await act(memberOf('mobile'), given, 'release', { token, reason: 'Not now.' });
    await claimed(memberOf('checkout'), mine);
    await claimed(memberOf('checkout', 1), sibling);
    const theirs = await aTask('catalog', { topic, priority: 'critical' });
    expect(await about(`topic/${topic}`)).toEqual([]);
    await claimed(memberOf('catalog'), theirs);
    const conflict = await detected(`topic/${topic}`);
    expect(conflict).toMatchObject({ type: 'scope', domain: 'product', urgency: 'critical' });
    expect(new Set(conflict.parties.map(({ id }) => id))).toEqual(new Set(['checkout', 'catalog']));
    expect(new Set(conflict.related_tasks)).toEqual(new Set([mine, sibling, theirs]));
    const speakers = conflict.parties.find(({ id }) => id === 'checkout')?.speakers;
    expect(new Set(speakers)).toEqual(new Set([memberOf('checkout'), memberOf('checkout', 1)]));
    for (const [agent, id] of [
      [memberOf('checkout'), mine],
      [memberOf('checkout', 1), sibling],
      [memberOf('catalog'), theirs],
    ] as const) {
      const { holding } = await taskOf(id);
      await act(agent, id, 'release', { token: holding.token, reason: 'Until it is settled.' });
    }
  });

  it(
    '[CNF-1] where two teams decide differently on one thing, and not where one of them abandoned it',
    { timeout: 60_000 },
    async () => {
      const id = `service-${randomUUID()}`;
      const decide = async (as: string, decision: string) => {
        const { details } = aProposal('tactical_approach') as { details: object };
        const more = { resource: { type: 'service', id }, details: { ...details, decision } };
        const { body, text } = await call('POST', '/decisions', { as, body: aProposal('tactical_approach', more) });
        expect(body.verdict, text).toBe('allowed');
        return body.id as string;
      };
      const abandoned = await decide(memberOf('mobile'), 'Leave it as it is');
      const outcome = { result: 'abandoned', summary: 'Not needed.' };
      await call('POST', `/decisions/${abandoned}/outcome`, { as: memberOf('mobile'), body: outcome });
      const first = await decide(memberOf('checkout'), 'Raise the pool size');
      await decide(memberOf('checkout', 1), 'Raise it twice');
      await decide(memberOf('catalog'), '  raise the POOL size ');
      const last = await decide(memberOf('catalog', 1), 'Add a cache');
      const conflict = await detected(`service/${id}`);
      expect(conflict).toMatchObject({ type: 'technical', domain: 'product' });
      expect(new Set(conflict.parties.map((party) => party.id))).toEqual(new Set(['checkout', 'catalog']));
      expect(conflict.context).not.toContain(abandoned);
      await eventually('all are heard', async () => {
        const [row] = (await about(`service/${id}`)) as { recurrences: number }[];
        return row && row.recurrences >= 1 ? true : undefined;
      });
      expect(`${first} ${last}`).toMatch(/^dec_.* dec_/);
      expect(await about(`service/${id}`)).toHaveLength(1);
    },
  );
});

describe('a detected conflict', () => {
  it('[CNF-1] is one, however often its event is delivered and however many collide at once', async () => {
    const resource = `gpu-${randomUUID()}`;
    const [first, second] = [eventOf(aRefusal(resource)), eventOf(aRefusal(resource, { task_id: 'TASK-77' }))];
    const consumers = await Promise.all(Array.from({ length: 20 }, () => consumerHere()));
    const failed = await Promise.all(consumers.map((deliver, at) => deliver(at % 2 === 0 ? first : second)));
    // One that lost every race gives its message back; delivered again, it finds the work done.
    const back = consumers.flatMap((deliver, at) =>
      failed[at]?.length ? [deliver(at % 2 === 0 ? first : second)] : [],
    );
    expect((await Promise.all(back)).flat()).toEqual([]);
    const found = await about(`resource/${resource}`);
    expect(found).toMatchObject([{ recurrences: 1, version: expect.any(Number) }]);
    const events = await eventsOf(found[0]?.id ?? '');
    expect(events.filter((type) => type === 'identified')).toHaveLength(1);
    expect(events.filter((type) => type === 'recurred')).toHaveLength(1);
  });

  it('[CNF-1] comes up anew when the one before it has ended', async () => {
    const resource = `gpu-${randomUUID()}`;
    const deliver = await consumerHere();
    await deliver(eventOf(aRefusal(resource)));
    const [first] = await about(`resource/${resource}`);
    await atOptions(first);
    await propose(first?.id ?? '', memberOf('checkout'));
    await agreeTo(first?.id ?? '', memberOf('checkout'));
    expect(await agreeTo(first?.id ?? '', memberOf('reliability'))).toMatchObject({ status: 201 });
    await deliver(eventOf(aRefusal(resource)));
    expect((await about(`resource/${resource}`)).map(({ step }) => step).toSorted()).toEqual([
      'documented',
      'identified',
    ]);
  });

  it('[CNF-1] is not lost by a crash before or after any call', async () => {
    const names: string[] = [];
    const seen = await consumerHere({ before: ({ command }) => void names.push(command) });
    expect(await seen(eventOf(aRefusal(`gpu-${randomUUID()}`)))).toEqual([]);
    expect(names).toContain('TransactWriteItemsCommand');
    for (let point = 0; point < names.length; point += 1) {
      for (const when of ['before', 'after'] as const) {
        const resource = `gpu-${randomUUID()}`;
        const event = eventOf(aRefusal(resource));
        const crash: Fault = {
          [when]: ({ nth }: { nth: number }) => (nth === point ? new Crash(`${when} ${point}`) : undefined),
        };
        await (
          await consumerHere(crash)
        )(event);
        expect(await (await consumerHere())(event), `${when} ${point}`).toEqual([]);
        const found = await about(`resource/${resource}`);
        expect(found, `${when} ${point}`).toMatchObject([{ recurrences: 0 }]);
      }
    }
  });

  it('[AUD-2] after all of them the whole state agrees with the whole ledger', async () => {
    const { compared, found } = await discrepancies();
    expect(compared).toBeGreaterThan(20);
    expect(found).toEqual([]);
  });
});
