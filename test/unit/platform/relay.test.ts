import '../audit/quiet.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outgoing } from '../../../functions/platform/relay-model.ts';
import { relay } from '../../../functions/platform/relay-steps.ts';
import { batchAnswer, changeOf } from '../../../functions/platform/stream.ts';
import { anItem } from '../audit/fixtures.ts';
import { inserted } from './streams.ts';

type Fault = (event: Outgoing, attempt: number) => string | undefined;

/** Buses in memory: `out` is what arrived, in order; `fault` decides what each attempt of an event meets. */
function someBuses(fault: Fault = () => undefined) {
  const out: Outgoing[] = [];
  const attempts = new Map<string, number>();
  const calls: number[] = [];
  const put = async (events: readonly Outgoing[]) => {
    calls.push(events.length);
    return events.map((event) => {
      const attempt = (attempts.get(event.position) ?? 0) + 1;
      attempts.set(event.position, attempt);
      const error = fault(event, attempt);
      if (error === undefined) out.push(event);
      return error;
    });
  };
  const waits: number[] = [];
  const wait = async (milliseconds: number) => void waits.push(milliseconds);
  return { deps: { put, wait, buses: { enterprise: 'bus' } }, out, calls, waits };
}

const aBatch = (subjects: readonly string[]) =>
  subjects.map((subject, index) => inserted(anItem({ subject, sequence: index + 1 })));

describe('relay', () => {
  it('[EVT-2] publishes a whole batch', async () => {
    const batch = aBatch(Array.from({ length: 40 }, (_, n) => `a/${n}`));
    const { deps, out, calls } = someBuses();
    expect(await relay(batch, deps)).toEqual(new Set());
    expect(out).toHaveLength(40);
    expect(calls).toEqual([10, 10, 10, 10]);
  });

  it('[EVT-2] tries a refused entry again alone, before the next of its subject goes out', async () => {
    const batch = aBatch(['a/1', 'a/2', 'a/1']);
    const { deps, out, calls, waits } = someBuses((event, attempt) =>
      event.position === batch[0]?.position && attempt < 3 ? 'ThrottlingException' : undefined,
    );
    expect(await relay(batch, deps)).toEqual(new Set());
    expect(out.filter(({ subject }) => subject === 'a/1').map(({ event }) => event.sequence)).toEqual(['1', '3']);
    expect(calls).toEqual([2, 1, 1, 1]);
    expect(waits).toEqual([50, 100]);
  });

  it('[EVT-2] keeps the later events of a subject behind one that does not get out, and lets others pass', async () => {
    const batch = aBatch(['a/1', 'a/2', 'a/1', 'a/2', 'a/1']);
    const stuck = batch[0]?.position;
    const { deps, out } = someBuses((event) => (event.position === stuck ? 'InternalFailure' : undefined));
    const failed = await relay(batch, deps);
    expect(failed).toEqual(new Set([batch[0], batch[2], batch[4]].map((change) => change?.position)));
    expect(out.map(({ subject }) => subject)).toEqual(['a/2', 'a/2']);
  });

  it('[EVT-2] whatever fails and is delivered again, nothing is lost and no subject is out of order', async () => {
    const subjects = fc.array(fc.constantFrom('a/1', 'a/2', 'a/3'), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(subjects, fc.infiniteStream(fc.boolean()), async (given, faults) => {
        const batch = aBatch(given);
        const { deps, out } = someBuses(() => (faults.next().value ? 'InternalFailure' : undefined));
        for (let from = 0, turn = 0; from < batch.length; turn += 1) {
          if (turn > 300) throw new Error('the batch does not come to an end');
          const left = batch.slice(from);
          const failed = await relay(left, deps);
          const first = left.findIndex(({ position }) => failed.has(position));
          from = first === -1 ? batch.length : from + first;
        }
        for (const subject of new Set(given)) {
          const arrived = out.filter((one) => one.subject === subject).map(({ event }) => Number(event.sequence));
          const sent = given.flatMap((one, index) => (one === subject ? [index + 1] : []));
          // At least once: only the first arrival of each counts, as consumers are idempotent.
          expect([...new Set(arrived)]).toEqual(sent);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('[EVT-2] a call that fails as a whole fails for each event', async () => {
    const put = async () => Promise.reject(new Error('no network'));
    const batch = aBatch(['a/1', 'a/2']);
    const failed = await relay(batch, { put, wait: async () => {}, buses: { enterprise: 'bus' } });
    expect(failed.size).toBe(2);
  });

  it('[EVT-2] poison is reported and holds up nobody, not even its own subject', async () => {
    const batch = [
      ...aBatch(['a/1']),
      inserted({ ...anItem({ subject: 'a/1' }), event: 'nonsense' }),
      ...aBatch(['a/1']),
    ];
    const { deps, out } = someBuses();
    expect(await relay(batch, deps)).toEqual(new Set([batch[1]?.position]));
    expect(out).toHaveLength(2);
  });

  it('[EVT-2] an image that cannot be read is poison', async () => {
    expect((await relay([inserted(undefined)], someBuses().deps)).size).toBe(1);
  });
});

describe('answer to the event source', () => {
  it('[EVT-2] is the first record that failed, in the order of the stream', () => {
    const batch = aBatch(['a/1', 'a/2', 'a/3', 'a/4']);
    const failed = new Set([batch[3]?.position ?? '', batch[1]?.position ?? '']);
    expect(batchAnswer(batch, failed)).toEqual({ batchItemFailures: [{ itemIdentifier: batch[1]?.position }] });
    expect(batchAnswer(batch, new Set())).toEqual({ batchItemFailures: [] });
  });

  it('[EVT-2] throws the batch back when nothing of it succeeded', () => {
    const batch = aBatch(['a/1', 'a/2']);
    expect(() => batchAnswer(batch, new Set(batch.map(({ position }) => position)))).toThrow('none of 2');
  });

  it('[AUD-3] tells a removal by TTL from any other', () => {
    const dynamodb = { SequenceNumber: '7', OldImage: { pk: { S: 'a' }, ttl: { N: '5' } } };
    const userIdentity = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };
    const change = { position: '7', name: 'REMOVE', before: { pk: 'a', ttl: 5 }, after: undefined };
    expect(changeOf({ eventName: 'REMOVE', dynamodb, userIdentity })).toEqual({ ...change, byTtl: true });
    expect(changeOf({ eventName: 'REMOVE', dynamodb })).toEqual({ ...change, byTtl: false });
  });
});
