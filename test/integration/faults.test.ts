import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { discrepancies } from '../support/consistency.ts';
import { anEvent, authorityHere, Crash, type Fault, faultyClient, lambdaContext } from '../support/in-process.ts';
import { agentOf } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { call, entriesOf, importExample, world } from '../support/world.ts';

const agent = agentOf('product', 1);

/** Decisions that a proposal with this summary left in the state, and entries that it left in the ledger. */
async function traces(summary: string): Promise<{ decisions: string[]; entries: string[] }> {
  const { ledger, state } = world();
  const { items } = await ledger.query({ index: 'by-agent', partition: ['agent_id', agent.id], newestFirst: true });
  const rows = await ledger.getMany(items.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })));
  const entries = rows.flatMap((row) => (row?.summary === summary ? [String(row.subject)] : []));
  const keys = entries.map((subject) => ({ pk: `authority#${subject.replace('/', '#')}`, sk: 'decision' }));
  const decisions = (await state.getMany(keys)).flatMap((item) => (item ? [String(item.id)] : []));
  return { decisions, entries };
}

const propose = async (fault: Fault, summary: string, idempotencyKey: string) => {
  const { client, calls } = faultyClient(fault);
  const handler = await authorityHere({ client });
  const body = aProposal('implementation_detail', { summary });
  const event = anEvent('POST', '/decisions', { as: agent.id, body, idempotencyKey });
  const reply = await handler(event, lambdaContext);
  return { status: reply.statusCode, body: JSON.parse(reply.body), calls };
};

const throttled = (): Error => Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
const conflict = (): Error =>
  Object.assign(new Error('conflict'), {
    name: 'TransactionCanceledException',
    CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }, { Code: 'None' }],
  });

let callsOfOne = 0;

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
  // The first decision of a deployment also publishes a receipt key; the second is like every other.
  await propose({}, 'The first', randomUUID());
  const { status, calls } = await propose({}, 'Without a fault', randomUUID());
  expect(status).toBe(201);
  callsOfOne = calls.length;
  expect(calls.map(({ command }) => command)).toContain('TransactWriteItemsCommand');
});

/** A crash before and after each call of the decision: the client repeats the request with the same key. */
async function survives(fault: Fault, summary: string): Promise<void> {
  const key = randomUUID();
  const first = await propose(fault, summary, key);
  expect(first.status).toBeGreaterThanOrEqual(400);
  const between = await traces(summary);
  expect(between.decisions).toHaveLength(between.entries.length);
  const again = await propose({}, summary, key);
  expect(again.status, JSON.stringify(again.body)).toBe(201);
  const { decisions, entries } = await traces(summary);
  expect(decisions).toEqual([again.body.id]);
  expect(entries).toEqual([`decision/${again.body.id}`]);
}

describe('a crash', () => {
  it('[AUD-2] before any call leaves neither a change nor an entry, and the repetition decides once', async () => {
    expect(callsOfOne).toBeGreaterThanOrEqual(2);
    for (let point = 0; point < callsOfOne; point += 1) {
      const crash: Fault = { before: ({ nth }) => (nth === point ? new Crash(`before call ${point}`) : undefined) };
      await survives(crash, `Crash before call ${point} ${randomUUID()}`);
    }
  });

  it('[AUD-2] after any call leaves both or neither, and the repetition gets the one decision', async () => {
    for (let point = 0; point < callsOfOne; point += 1) {
      const crash: Fault = { after: ({ nth }) => (nth === point ? new Crash(`after call ${point}`) : undefined) };
      await survives(crash, `Crash after call ${point} ${randomUUID()}`);
    }
  });
});

describe('a store that is slow or contended', () => {
  it('[AUD-2] throttling of any call is 503 with Retry-After and changes nothing', async () => {
    for (const command of ['BatchGetItemCommand', 'TransactWriteItemsCommand']) {
      const summary = `Throttled ${command} ${randomUUID()}`;
      const fault: Fault = { before: (one) => (one.command === command ? throttled() : undefined) };
      const reply = await propose(fault, summary, randomUUID());
      expect(reply).toMatchObject({ status: 503, body: { code: 'Overloaded' } });
      expect(await traces(summary)).toEqual({ decisions: [], entries: [] });
    }
  });

  it('[AUD-2] a transaction that is throttled once is tried again, and written once', async () => {
    const summary = `Throttled once ${randomUUID()}`;
    let failures = 0;
    const fault: Fault = {
      before: ({ command }) => {
        if (command !== 'TransactWriteItemsCommand' || failures > 0) return undefined;
        failures += 1;
        return throttled();
      },
    };
    expect(await propose(fault, summary, randomUUID())).toMatchObject({ status: 201 });
    expect(failures).toBe(1);
    expect((await traces(summary)).entries).toHaveLength(1);
  });

  it('[GWY-4] a request whose records another one holds is 409 in flight, and changes nothing', async () => {
    const summary = `In flight ${randomUUID()}`;
    const fault: Fault = {
      before: ({ command }) => (command === 'TransactWriteItemsCommand' ? conflict() : undefined),
    };
    const reply = await propose(fault, summary, randomUUID());
    expect(reply).toMatchObject({ status: 409, body: { code: 'RequestInFlight' } });
    expect(await traces(summary)).toEqual({ decisions: [], entries: [] });
  });
});

describe('many at once', () => {
  it('[AUD-2] concurrent outcomes of one decision: one is recorded, and the ledger has no gap', async () => {
    const made = await call('POST', '/decisions', { as: agent.id, body: aProposal('implementation_detail') });
    const body = { result: 'succeeded', summary: 'done' };
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => call('POST', `/decisions/${made.body.id}/outcome`, { as: agent.id, body })),
    );
    expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status === 409)).toHaveLength(19);
    expect((await entriesOf(`decision/${made.body.id}`)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('[AUD-2] the whole state agrees with the whole ledger, record by record', async () => {
    const { compared, found } = await discrepancies();
    expect(compared).toBeGreaterThan(40);
    expect(found).toEqual([]);
  });
});
