import '../audit/quiet.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Count, jsonOf, readEnv } from '../../../functions/shared/env.ts';
import { Problem, problems } from '../../../functions/shared/errors.ts';
import { floorId, millisOf, newId } from '../../../functions/shared/ids.ts';
import { inParallel } from '../../../functions/shared/in-parallel.ts';
import { longer, retentionDays, shardOf } from '../../../functions/shared/ledger.ts';
import { problemAnswer, rateHeaders } from '../../../functions/shared/response.ts';
import { continueTrace } from '../../../functions/shared/trace.ts';

const instant = fc.integer({ min: 0, max: 4_000_000_000_000 }).map((ms) => new Date(ms));

describe('ids', () => {
  it('[AUD-1] carry their instant, and sort by it', () => {
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const [first, second] = [newId(a), newId(b)];
        expect(millisOf(first)).toBe(a.getTime());
        expect(first < second || a >= b).toBe(true);
        expect(floorId(a) <= first).toBe(true);
        expect(newId(new Date(a.getTime() + 1)) > floorId(new Date(a.getTime() + 1))).toBe(true);
      }),
    );
  });

  it('[AUD-1] of one instant keep the order in which they were made, and are unlike', () => {
    const at = new Date();
    const ids = Array.from({ length: 5000 }, () => newId(at));
    expect(new Set(ids).size).toBe(5000);
    expect(ids.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(ids);
  });
});

describe('a trace', () => {
  it('[GWY-4] is continued under a span of our own, and begun where there is none that is valid', () => {
    const trace = 'a'.repeat(32);
    const continued = continueTrace(`00-${trace}-00f067aa0ba902b7-00`);
    expect(continued.traceId).toBe(trace);
    expect(continued.traceparent).toMatch(new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-00$`));
    const invalid = [
      undefined,
      '',
      'x',
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      `00-${trace}-${'0'.repeat(16)}-01`,
    ];
    for (const header of [
      ...invalid,
      `01-${trace}-00f067aa0ba902b7-01`,
      `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`,
    ]) {
      const begun = continueTrace(header);
      expect(begun.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(begun.traceId).not.toBe(trace);
    }
  });
});

describe('retention', () => {
  const retention = fc.constantFrom(...(Object.keys(retentionDays) as (keyof typeof retentionDays)[]));
  it('[AUD-3] of two classes is the longer one, whichever comes first', () => {
    fc.assert(
      fc.property(retention, retention, (a, b) => {
        expect(longer(a, b)).toBe(longer(b, a));
        expect(retentionDays[longer(a, b)]).toBe(Math.max(retentionDays[a], retentionDays[b]));
      }),
    );
  });
});

describe('shards', () => {
  it('[EVT-2] keep a subject together, and spread many evenly', () => {
    const counts = Array.from({ length: 16 }, () => 0);
    for (let n = 0; n < 16_000; n += 1) {
      const shard = shardOf(`decision/dec_${n}`, 16);
      expect(shardOf(`decision/dec_${n}`, 16)).toBe(shard);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('the answer to a failure', () => {
  it('[GWY-4] is a problem document with its own type, title and status', () => {
    const fault = { pointer: '/body/id', detail: 'is taken' };
    const problem = new Problem('AlreadyExists', 'It exists.', { faults: [fault], headers: { 'x-more': '1' } });
    const { statusCode, headers, body } = problemAnswer(problem, 'req-1');
    expect(statusCode).toBe(409);
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-more': '1',
    });
    expect(JSON.parse(body)).toEqual({
      type: 'urn:orchestra:problem:AlreadyExists',
      title: problems.AlreadyExists[1],
      status: 409,
      code: 'AlreadyExists',
      detail: 'It exists.',
      instance: 'urn:orchestra:request:req-1',
      errors: [fault],
    });
  });

  it('[GWY-4] tells nothing of what failed on our side, and asks to come back where we are throttled', () => {
    const secret = problemAnswer(new Error('password=hunter2'), 'req-1');
    expect(secret.statusCode).toBe(500);
    expect(secret.body).not.toContain('hunter2');
    const slow = problemAnswer(Object.assign(new Error('slow'), { name: 'ThrottlingException' }), 'req-1');
    expect(slow).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
  });

  it('[GWY-4] and to a success carries what is left of the rate', () => {
    const principal = { name: 'principal', limit: 600, remaining: 3, windowSeconds: 60, resetSeconds: 12 };
    const tokens = { name: 'agent-tokens-day', limit: 5, remaining: 0, windowSeconds: 86_400, resetSeconds: 99 };
    expect(rateHeaders([principal, tokens])).toEqual({
      'ratelimit-policy': '"principal";q=600;w=60, "agent-tokens-day";q=5;w=86400',
      ratelimit: '"principal";r=3;t=12, "agent-tokens-day";r=0;t=99',
    });
  });
});

describe('the environment of a function', () => {
  const schema = z.object({ TABLE: z.string().min(1), SHARDS: Count, BUSES: jsonOf(z.record(z.string(), z.string())) });

  it('[OPS-2] is read once, typed', () => {
    const source = { TABLE: 'state', SHARDS: '16', BUSES: '{"product":"bus"}', OTHER: 'x' };
    expect(readEnv(schema, source)).toEqual({ TABLE: 'state', SHARDS: 16, BUSES: { product: 'bus' } });
  });

  it('[OPS-2] names every variable that is wrong, and no value', () => {
    const wrong = () => readEnv(schema, { SHARDS: 'secret-1', BUSES: 'secret-2' });
    expect(wrong).toThrow(/TABLE.*SHARDS.*BUSES/s);
    expect(wrong).not.toThrow(/secret/);
  });
});

describe('tasks in parallel', () => {
  it('[AUD-4] are never more than asked for, and answer in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 3 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        async (items, width) => {
          let running = 0;
          let most = 0;
          const answers = await inParallel(items, width, async (turns) => {
            running += 1;
            most = Math.max(most, running);
            for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
            running -= 1;
            return turns * 2;
          });
          expect(answers).toEqual(items.map((turns) => turns * 2));
          expect(most).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
