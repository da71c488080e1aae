import '../unit/audit/quiet.ts';
import { randomUUID } from 'node:crypto';
import { EventBridgeClient, type PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { RelayEnv } from '../../functions/platform/env.ts';
import { putOn, relay, type RelayDeps } from '../../functions/platform/relay-steps.ts';
import { batchAnswer, changeOf } from '../../functions/platform/stream.ts';
import { readEnv } from '../../functions/shared/env.ts';
import { newId } from '../../functions/shared/ids.ts';
import { type EntryItem, entryItem } from '../../functions/shared/ledger.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import { functionName, invoke } from '../support/functions.ts';
import { environmentOf } from '../support/in-process.ts';
import { agentOf } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { deadLettersOf, drain, type Ear, type Envelope, listenTo } from '../support/queues.ts';
import { coreHere } from '../support/slices.ts';
import { call, eventually, importExample } from '../support/world.ts';

/** What an EventBridge call meets: entries that the service refuses, or its own failure before or after its work. */
type Fault = {
  refuses?: (id: string) => boolean;
  before?: (call: number) => Promise<void>;
  after?: (call: number) => Promise<void>;
};

/** The relay in this process, on the deployed buses, with an EventBridge client that fails as told. */
async function relayHere(
  fault: Fault = {},
): Promise<{ run: (batch: DynamoDBRecord[]) => Promise<string[]>; calls: number[] }> {
  const { EVENT_BUSES: buses } = readEnv(RelayEnv, await environmentOf(functionName('platform-relay')));
  const client = new EventBridgeClient({ maxAttempts: 1 });
  const calls: number[] = [];
  client.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as PutEventsCommandInput;
      const nth = calls.push(input.Entries?.length ?? 0);
      await fault.before?.(nth);
      // EventBridge takes this source from nobody but AWS: it refuses the entry, and answers with FailedEntryCount.
      const Entries = input.Entries?.map((entry) => {
        const { id } = JSON.parse(entry.Detail ?? '{}') as { id: string };
        return fault.refuses?.(id) ? { ...entry, Source: 'aws.refused' } : entry;
      });
      const reply = await next({ ...args, input: { ...input, Entries } });
      await fault.after?.(nth);
      return reply;
    },
    { step: 'initialize', name: 'fault' },
  );
  const deps: RelayDeps = { put: putOn(client), wait: async () => {}, buses };
  const run = async (batch: DynamoDBRecord[]): Promise<string[]> => {
    const changes = batch.map(changeOf);
    const { batchItemFailures } = batchAnswer(changes, await relay(changes, deps));
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { run, calls };
}

/** Records of entries that no ledger has, so that nobody else publishes them: one for each subject that is named. */
function aBatch(subjects: readonly string[]): { records: DynamoDBRecord[]; items: EntryItem[]; ids: string[] } {
  const sequences = new Map<string, number>();
  const trace = continueTrace(undefined);
  const items = subjects.map((subject): EntryItem => {
    const sequence = (sequences.get(subject) ?? 0) + 1;
    sequences.set(subject, sequence);
    const now = new Date();
    const details = { context: '', options_considered: [], decision: '', reasoning: '', outcome: '' };
    const entry = { id: newId(now), timestamp: now.toISOString(), agent_id: 'agt_relay', details, subject, sequence };
    const rest = { summary: 'Relayed', related_tasks: [], policy_version: 0, trace_id: trace.traceId };
    const kinds = { action_type: 'execution', classification: 'internal', retention: 'standard' } as const;
    const event = { type: 'orchestra.agent.changed.v1', data: { agent_id: subject, concerns: ['operations'] } };
    return entryItem({ ...entry, ...rest, ...kinds, domain: 'operations' }, event, trace.traceparent, 16);
  });
  const records = items.map((item, index): DynamoDBRecord => {
    const dynamodb = { NewImage: marshall(item) as never, SequenceNumber: String(index + 1) };
    return { eventName: 'INSERT', dynamodb };
  });
  return { records, items, ids: items.map(({ id }) => id) };
}

/** Subjects of this test alone, and an ear for them. */
async function someSubjects(): Promise<{ a: string; b: string; c: string; ear: Ear<Envelope> }> {
  const run = randomUUID();
  const [a, b, c] = ['a', 'b', 'c'].map((name) => `agent/relay_${name}_${run}`) as [string, string, string];
  return { a, b, c, ear: await listenTo('operations', { detail: { subject: [a, b, c] } }) };
}

const idsOf = (heard: Envelope[], subject: string): string[] =>
  heard.filter(({ detail }) => detail.subject === subject).map(({ detail }) => detail.id);
const of = ({ items }: { items: EntryItem[] }, subject: string): string[] =>
  items.filter((item) => item.subject === subject).map(({ id }) => id);

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('an entry that EventBridge refuses', () => {
  it('[EVT-2] once, with FailedEntryCount 1, is sent again: nothing is lost, and its subject keeps its order', async () => {
    const { a, b, c, ear } = await someSubjects();
    const batch = aBatch([a, b, a, c, a, b]);
    const refused = new Set([batch.ids[0]]);
    const { run, calls } = await relayHere({ refuses: (id) => refused.delete(id) });
    expect(await run(batch.records)).toEqual([]);
    expect(calls).toEqual([3, 1, 2, 1]);
    const heard = await ear.until(6);
    expect(heard).toHaveLength(6);
    for (const subject of [a, b, c]) expect(idsOf(heard, subject)).toEqual(of(batch, subject));
  });

  it('[EVT-2] always holds back what follows of its subject and nothing else, and the batch is resumed there', async () => {
    const { a, b, c, ear } = await someSubjects();
    const batch = aBatch([b, a, c, a, b, a]);
    const stuck = batch.ids[1];
    const { run } = await relayHere({ refuses: (id) => id === stuck });
    expect(await run(batch.records)).toEqual(['2']);
    const first = await ear.until(3);
    expect({ a: idsOf(first, a), b: idsOf(first, b), c: idsOf(first, c) }).toEqual({
      a: [],
      b: of(batch, b),
      c: of(batch, c),
    });
    const again = await relayHere();
    expect(await again.run(batch.records.slice(1))).toEqual([]);
    const heard = await ear.until(8);
    for (const subject of [a, b, c]) expect([...new Set(idsOf(heard, subject))]).toEqual(of(batch, subject));
    expect(idsOf(heard, a)).toEqual(of(batch, a));
  });

  it('[EVT-2] always, alone in its batch, is thrown back to the stream', async () => {
    const { a, ear } = await someSubjects();
    const { run } = await relayHere({ refuses: () => true });
    await expect(run(aBatch([a]).records)).rejects.toThrow('none of 1 records');
    expect(await ear.heard()).toEqual([]);
  });
});

describe('a relay that is cut off', () => {
  it('[EVT-2] after a call whose answer is lost sends it again: twice, with the same id, in order', async () => {
    const { a, b, ear } = await someSubjects();
    const batch = aBatch([a, b, a, b]);
    const lost = async (nth: number): Promise<void> =>
      nth === 1 ? Promise.reject(new Error('socket hang up')) : undefined;
    const { run } = await relayHere({ after: lost });
    expect(await run(batch.records)).toEqual([]);
    const heard = await ear.until(6);
    expect(heard).toHaveLength(6);
    for (const subject of [a, b]) {
      const [first, second] = of(batch, subject);
      expect(idsOf(heard, subject)).toEqual([first, first, second]);
    }
  });

  it('[EVT-2] dead in the middle of a batch loses nothing: the next delivery of the batch brings the rest', async () => {
    const { a, b, c, ear } = await someSubjects();
    const batch = aBatch([a, b, c, a, b, c]);
    const dead = Promise.withResolvers<void>();
    const never = new Promise<void>(() => {});
    const here = await relayHere({
      before: async (nth) => {
        if (nth !== 2) return undefined;
        dead.resolve();
        return never;
      },
    });
    void here.run(batch.records);
    await dead.promise;
    expect(await ear.until(3)).toHaveLength(3);
    expect(await (await relayHere()).run(batch.records)).toEqual([]);
    const heard = await ear.until(9);
    for (const subject of [a, b, c]) {
      const [first, second] = of(batch, subject);
      expect(idsOf(heard, subject)).toEqual([first, first, second]);
    }
  });

  it('[EVT-2] deployed and given a batch once more sends the same events with the same ids', async () => {
    const { a, b, ear } = await someSubjects();
    const batch = aBatch([a, b, a]);
    for (const delivery of [1, 2]) {
      const { error, answer } = await invoke('platform-relay', { Records: batch.records });
      expect({ delivery, error, answer }).toEqual({ delivery, answer: { batchItemFailures: [] } });
    }
    const heard = await ear.until(6);
    expect(idsOf(heard, a)).toEqual([...of(batch, a), ...of(batch, a)]);
    expect(new Set(heard.map(({ detail }) => detail.id))).toEqual(new Set(batch.ids));
  });
});

describe('an entry that no event can be made of', () => {
  it('[EVT-2] ends in the dead letters, where an alarm looks, and holds up nobody', async () => {
    const { commit } = await coreHere();
    const subject = `poison/${randomUUID()}`;
    const ear = await listenTo('operations', { detail: { subject: [subject] } });
    const letters = await deadLettersOf('platform-relay');
    await drain(letters);
    const draft = (sequence: number, text: string) => ({
      action_type: 'execution' as const,
      domain: 'operations',
      subject,
      sequence,
      summary: 'Too large for EventBridge',
      event: { type: 'orchestra.agent.changed.v1', data: { text } },
    });
    const entries = [draft(1, 'small'), draft(2, 'x'.repeat(300_000)), draft(3, 'small')];
    await commit({ writes: [], entries }, { actor: 'agt_relay', now: new Date(), trace: continueTrace(undefined) });
    const [letter] = await eventually(
      'the position of the record is in the dead letters',
      async () => {
        const found = await drain(letters);
        return found.length > 0 ? found : undefined;
      },
      50,
    );
    expect(JSON.parse(letter ?? '')).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted' },
      DDBStreamBatchInfo: { batchSize: 1, startSequenceNumber: expect.any(String) },
    });
    const heard = await ear.until(2, ({ detail }) => detail.sequence !== '2');
    expect(new Set(heard.map(({ detail }) => detail.sequence))).toEqual(new Set(['1', '3']));
    const agent = agentOf('operations').id;
    const next = await listenTo('operations', { detail: { type: ['orchestra.decision.allowed.v1'] } });
    await call('POST', '/decisions', { as: agent, body: aProposal('implementation_detail') });
    expect((await next.until(1)).length).toBeGreaterThan(0);
  }, 90_000);
});
