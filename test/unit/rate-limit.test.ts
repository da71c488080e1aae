import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leasedLimiter } from '../../functions/shared/rate-limit.ts';

const at = new Date('2026-11-01T09:00:30Z');

/** The counter that all environments share, as DynamoDB keeps it. */
const sharedCounter = (limit: number) => {
  const totals = new Map<string, number>();
  let writes = 0;
  const take = async (principal: string, window: number, amount: number): Promise<number | 'exhausted'> => {
    writes += 1;
    const key = `${principal}/${window}`;
    const before = totals.get(key) ?? 0;
    if (before >= limit) return 'exhausted';
    totals.set(key, before + amount);
    return before + amount;
  };
  return { take, writes: () => writes };
};

describe('the rate limit of a principal', () => {
  it('[GWY-1] is never exceeded, however requests fall on environments', async () => {
    const requests = fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 120 }), requests, async (limit, environments) => {
        const counter = sharedCounter(limit);
        const limiters = Array.from({ length: 8 }, () => leasedLimiter(limit, counter.take));
        const answers = await Promise.all(environments.map(async (one) => limiters[one]?.take('agt_1', at)));
        expect(answers.filter((answer) => answer?.granted).length).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('[GWY-1] is given out whole to one environment, and again in the next window', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (limit) => {
        const limiter = leasedLimiter(limit, sharedCounter(limit).take);
        for (const minute of [0, 1]) {
          const now = new Date(at.getTime() + minute * 60_000);
          let granted = 0;
          for (let request = 0; request < limit + 5; request += 1)
            granted += (await limiter.take('a', now)).granted ? 1 : 0;
          expect(granted).toBe(limit);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('[GWY-4] tells what is left and when the window ends', async () => {
    const limiter = leasedLimiter(60, sharedCounter(60).take);
    expect(await limiter.take('agt_1', at)).toEqual({ limit: 60, remaining: 59, resetSeconds: 30, granted: true });
    expect(await limiter.take('agt_1', at)).toMatchObject({ remaining: 58 });
  });

  it('[GWY-1] costs a busy principal far fewer writes than requests', async () => {
    const counter = sharedCounter(600);
    const limiter = leasedLimiter(600, counter.take);
    for (let request = 0; request < 300; request += 1) await limiter.take('agt_1', at);
    expect(counter.writes()).toBeLessThan(20);
  });

  it('[GWY-1] of one principal is not used up by another', async () => {
    const limiter = leasedLimiter(2, sharedCounter(2).take);
    for (let request = 0; request < 5; request += 1) await limiter.take('agt_1', at);
    expect(await limiter.take('agt_2', at)).toMatchObject({ granted: true });
  });
});
