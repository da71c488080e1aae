import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Consumption, Quota, Reservation } from '../../../functions/limits/contract.ts';
import { keyOf, scopeNamed } from '../../../functions/limits/scopes-model.ts';
import { endOf } from '../../../functions/limits/windows-model.ts';
import { Contended } from '../../../functions/shared/commit.ts';
import { aQuota, broken, type LimitsWorld, limitsWorld } from './world.ts';

const start = new Date('2026-11-30T23:58:30.000Z');
const agents = ['agt_1', 'agt_2', 'agt_3', 'agt_4', 'agt_5', 'agt_6'];
const shared = ['team/checkout', 'domain/product', 'enterprise/enterprise'];
const ofAgents = agents.map((id) => `agent/${id}`);
const scopes = [...ofAgents, ...shared];
const settable = [...shared, 'default/agent'];

type Step =
  | { do: 'reserve'; agent: number; tokens: number; cost: number; late: boolean }
  | { do: 'settle'; which: number; tokens: number; abandoned: boolean }
  | { do: 'expire'; which: number }
  | { do: 'wait'; seconds: number }
  | { do: 'set'; scope: number; tokens: number };

const amount = fc.nat({ max: 12 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('reserve' as const),
        agent: fc.nat({ max: 5 }),
        tokens: amount,
        cost: amount,
        late: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('settle' as const),
        which: fc.nat(),
        tokens: fc.nat({ max: 25 }),
        abandoned: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), which: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: -2, max: 50 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('set' as const), scope: fc.nat({ max: 3 }), tokens: fc.nat({ max: 60 }) }),
    },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);

/** What the test itself knows of: where everything that is held, or was spent, counts. */
class Truth {
  private readonly used = new Map<string, number>();
  readonly limits = new Map<string, Quota[]>();

  add({ charges }: Reservation, amounts: Consumption, sign: 1 | -1): void {
    for (const { limit, windows } of charges) {
      for (const [key, label] of Object.entries(windows)) {
        const spent = key.startsWith('tokens') ? amounts.tokens : key.startsWith('cost') ? amounts.cost_micro_usd : 0;
        this.used.set(
          `${limit} ${key} ${label}`,
          (this.used.get(`${limit} ${key} ${label}`) ?? 0) + sign * (spent ?? 0),
        );
      }
    }
  }

  usedIn(limit: string, key: string, label: string): number {
    return this.used.get(`${limit} ${key} ${label}`) ?? 0;
  }
}

const initial = [aQuota('tokens', 'minute', 20), aQuota('tokens', 'day', 60), aQuota('cost_micro_usd', 'month', 80)];

async function prepared(): Promise<{ world: LimitsWorld; truth: Truth }> {
  const world = limitsWorld();
  const truth = new Truth();
  for (const kind of ['agent', 'team', 'domain']) await world.set({ kind: 'default', id: kind }, initial, start);
  await world.set({ kind: 'enterprise', id: 'enterprise' }, initial, start);
  for (const scope of scopes) truth.limits.set(scope, initial);
  return { world, truth };
}

/** Nothing that is in force is exceeded, in the windows that the reservation counts in. */
function expectWithin(truth: Truth, reservation: Reservation, dimension: string): void {
  for (const { limit, windows } of reservation.charges) {
    for (const quota of truth.limits.get(limit) ?? []) {
      const label = windows[keyOf(quota)];
      if (label === undefined || quota.dimension !== dimension) continue;
      expect(truth.usedIn(limit, keyOf(quota), label), `${limit} ${keyOf(quota)}`).toBeLessThanOrEqual(quota.amount);
    }
  }
}

/** A refusal must be true: the scope that it names has less left, by all that was ever granted there. */
function expectTrue(truth: Truth, detail: string, wanted: Consumption): void {
  const [, limit = '', dimension = '', window = '', ends = ''] =
    /^(\S+) has \d+ of \d+ (\w+) left in the (\w+) that ends at (\S+);/.exec(detail) ?? [];
  const quota = truth.limits.get(limit)?.find((one) => one.dimension === dimension && one.window === window);
  expect(quota, detail).toBeDefined();
  if (!quota) return;
  const label = new Date(new Date(ends).getTime() - 1)
    .toISOString()
    .slice(0, { minute: 16, day: 10, month: 7 }[quota.window]);
  expect(endOf(quota.window, label).toISOString()).toBe(ends);
  // At 100 % everything stops, also what wants nothing of the dimension.
  const amounts = Math.max(1, wanted[quota.dimension] ?? 0);
  expect(truth.usedIn(limit, keyOf(quota), label) + amounts, detail).toBeGreaterThan(quota.amount);
}

async function run(all: readonly Step[]): Promise<{ granted: number; refused: number }> {
  const { world, truth } = await prepared();
  const held: Reservation[] = [];
  const delayed: (() => Promise<void>)[] = [];
  let now = start;
  const tally = { granted: 0, refused: 0 };
  const reserve = async ({ agent, tokens, cost, late }: Extract<Step, { do: 'reserve' }>): Promise<void> => {
    const wanted = { tokens, cost_micro_usd: cost };
    const plan = await world.plan(agents[agent] ?? '', wanted, now);
    if (plan.kind === 'refused') {
      tally.refused += 1;
      expectTrue(truth, plan.refusal.detail, wanted);
      await plan.commit();
      return;
    }
    const write = async (): Promise<void> => {
      try {
        await plan.commit();
      } catch (error) {
        // What it was planned on has gone: it is planned anew, or not at all.
        if (error instanceof Contended) return;
        throw error;
      }
      tally.granted += 1;
      truth.add(plan.reservation, wanted, 1);
      held.push(plan.reservation);
      for (const dimension of Object.keys(wanted)) expectWithin(truth, plan.reservation, dimension);
    };
    if (late) delayed.push(write);
    else await write();
  };
  for (const step of all) {
    if (step.do === 'wait') now = new Date(now.getTime() + step.seconds * 1000);
    if (step.do === 'reserve') await reserve(step);
    if (step.do === 'set') {
      const scope = settable[step.scope] ?? '';
      const quotas = initial.map((quota) => (quota.window === 'day' ? { ...quota, amount: step.tokens } : quota));
      await world.set(scopeNamed(scope), quotas, now);
      for (const one of scope === 'default/agent' ? ofAgents : [scope]) truth.limits.set(one, quotas);
      // Another default binds whoever asks after it; what was asked for before is not written here any more.
      if (scope === 'default/agent') delayed.splice(0);
    }
    const reservation =
      step.do === 'settle' || step.do === 'expire' ? held.splice(step.which % (held.length || 1), 1)[0] : undefined;
    if (reservation && step.do === 'expire') {
      await world.expire(reservation, now);
      truth.add(reservation, reservation.amounts, -1);
    }
    if (reservation && step.do === 'settle') {
      // Up to the reserved amount: what goes beyond it may count in a later window, and is tested by itself.
      const tokens = Math.min(step.tokens, reservation.amounts.tokens ?? 0);
      const settled = await world.settle(reservation, { tokens }, now, step.abandoned);
      await settled.commit();
      truth.add(reservation, reservation.amounts, -1);
      truth.add(reservation, settled.reservation.amounts, 1);
      expect(settled.overrun).toEqual({});
    }
    if (step.do === 'wait') for (const write of delayed.splice(0)) await write();
    expect(broken(world, scopes)).toEqual([]);
  }
  return tally;
}

describe('limits, whatever happens in whatever order', () => {
  it('[LIM-2] are never exceeded, refuse only what does not fit, and always add up', async () => {
    const seen = { granted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { granted, refused } = await run(all);
        seen.granted += granted;
        seen.refused += refused;
      }),
      { numRuns: 300 },
    );
    // Both ways must have been gone, and often, or nothing was shown.
    expect(seen.granted).toBeGreaterThan(500);
    expect(seen.refused).toBeGreaterThan(100);
  });
});
