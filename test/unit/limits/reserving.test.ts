import { describe, expect, it } from 'vitest';
import type { Reservation } from '../../../functions/limits/contract.ts';
import { bind } from '../../../functions/limits/gathering.ts';
import { purseOf } from '../../../functions/limits/scopes-model.ts';
import { Contended } from '../../../functions/shared/commit.ts';
import { aQuota, broken, enterprise, type LimitsWorld, limitsWorld } from './world.ts';

const now = new Date('2026-11-22T09:41:30.000Z');
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
const agent = { kind: 'agent', id: 'agt_1' } as const;
const holder = { id: 'agt_1', team: 'checkout', domain: 'product' };
const purseOfTeam = (id: string): number => purseOf({ kind: 'team', id: 'checkout' }, id);
/** Somebody who uses another purse of the team than `agt_1`. */
const otherPurse = ['agt_2', 'agt_3', 'agt_4', 'agt_5'].find((id) => purseOfTeam(id) !== purseOfTeam('agt_1')) ?? '';
const tokens = (amount: number) => [aQuota('tokens', 'day', amount)];

/** Everybody has plenty, and what is given here on top of it. */
async function aWorld(ofAgents = 1_000_000, ofEnterprise = 1_000_000): Promise<LimitsWorld> {
  const world = limitsWorld();
  for (const kind of ['team', 'domain']) await world.set({ kind: 'default', id: kind }, tokens(1_000_000), now);
  await world.set({ kind: 'default', id: 'agent' }, tokens(ofAgents), now);
  await world.set(enterprise, tokens(ofEnterprise), now);
  return world;
}

async function granted(world: LimitsWorld, id: string, amount: number, at = now): Promise<Reservation> {
  const plan = await world.plan(id, { tokens: amount }, at);
  if (plan.kind !== 'reserved') throw new Error(plan.refusal.detail);
  await plan.commit();
  return plan.reservation;
}

async function refused(world: LimitsWorld, id: string, amount: number, at = now) {
  const plan = await world.plan(id, { tokens: amount }, at);
  if (plan.kind !== 'refused') throw new Error('it was granted');
  await plan.commit();
  return plan;
}

const usedBy = async (world: LimitsWorld, at = now) => {
  const { quotas } = await world.usage(agent, at);
  return quotas.find(({ dimension }) => dimension === 'tokens');
};

describe('a reservation', () => {
  it('[LIM-1] is refused where nothing is set, naming what is missing of what', async () => {
    const world = limitsWorld();
    const plan = await refused(world, 'agt_1', 5);
    expect(plan.refusal).toEqual({
      code: 'LimitMissing',
      detail: 'No limit of tokens is set for agent/agt_1, so nothing may be consumed.',
    });
    expect([...world.state.rows]).toEqual([]);
  });

  it('[LIM-1] counts at the agent, its team, its domain and the enterprise, and one call at least', async () => {
    const world = await aWorld();
    const { amounts, charges } = await granted(world, 'agt_1', 5);
    expect(amounts).toEqual({ tokens: 5, api_calls: 1 });
    expect(charges.map(({ limit }) => limit)).toEqual([
      'agent/agt_1',
      'team/checkout',
      'domain/product',
      'enterprise/enterprise',
    ]);
    for (const scope of [
      agent,
      { kind: 'team', id: 'checkout' },
      { kind: 'domain', id: 'product' },
      enterprise,
    ] as const) {
      const { quotas } = await world.usage(scope, now);
      expect(quotas.map(({ dimension, used }) => [dimension, used])).toEqual([
        ['tokens', 5],
        ['api_calls', 1],
      ]);
    }
  });

  it('[LIM-3] is refused at 100 %, says what is left and until when, and takes nothing anywhere', async () => {
    const world = await aWorld(10);
    await granted(world, 'agt_1', 8);
    const plan = await refused(world, 'agt_1', 3);
    expect(plan.refusal).toEqual({
      code: 'LimitExceeded',
      detail: 'agent/agt_1 has 2 of 10 tokens left in the day that ends at 2026-11-23T00:00:00.000Z; 3 were asked for.',
    });
    const reset = (Date.UTC(2026, 10, 23) - now.getTime()) / 1000;
    expect(plan.told).toEqual({
      policies: [{ name: 'agent-tokens-day', limit: 10, remaining: 2, windowSeconds: 86_400, resetSeconds: reset }],
      retryAfterSeconds: reset,
    });
    expect((await world.usage(enterprise, now)).quotas[0]?.used).toBe(8);
    await granted(world, 'agt_1', 2);
    expect(await usedBy(world)).toMatchObject({ used: 10, remaining: 0 });
  });

  it('[LIM-3] that no window would ever have room for is not told to try again', async () => {
    const world = await aWorld(10);
    expect((await refused(world, 'agt_1', 11)).told.retryAfterSeconds).toBeUndefined();
  });

  it('[LIM-3] is refused at 100 % of any dimension, also where it wants nothing of that, and of any limit over it', async () => {
    const world = await aWorld(1_000_000, 20);
    const wish = { storage_bytes: 1 };
    const roomy = [aQuota('storage_bytes', 'month', 1_000)];
    for (const scope of [agent, enterprise]) {
      const own = scope === enterprise ? tokens(20) : tokens(1_000_000);
      await world.set(scope, [...own, ...roomy], now);
    }
    for (const kind of ['team', 'domain'])
      await world.set({ kind: 'default', id: kind }, [...tokens(1_000_000), ...roomy], now);
    await granted(world, 'agt_1', 19);
    const last = await world.plan('agt_1', wish, now);
    expect(last.kind).toBe('reserved');
    await last.commit();
    await (await world.plan('agt_1', { tokens: 1 }, now)).commit();
    const stopped = await world.plan('agt_1', wish, now);
    if (stopped.kind !== 'refused') throw new Error('it was granted');
    await stopped.commit();
    expect(stopped.refusal.detail).toBe(
      'enterprise/enterprise has 0 of 20 tokens left in the day that ends at 2026-11-23T00:00:00.000Z; at 100 % everything stops.',
    );
    expect(world.events('reached').map(({ event }) => event.data)).toEqual([
      expect.objectContaining({ kind: 'enterprise', dimension: 'tokens', wanted: 0, remaining: 0 }),
    ]);
    expect((await world.plan('agt_1', wish, later(86_400))).kind).toBe('reserved');
  });

  it('[LIM-2] is not refused as long as another purse has a unit left of what it wants nothing of', async () => {
    const world = await aWorld(1_000_000, 2);
    await granted(world, 'agt_1', 1);
    expect(purseOf(enterprise, 'agt_2')).not.toBe(purseOf(enterprise, 'agt_1'));
    await (await world.settle(await granted(world, 'agt_2', 1), { tokens: 0 }, now)).commit();
    // The vault and the purse of the one have nothing; that of the other has what it gave back.
    expect((await world.plan('agt_1', {}, now)).kind).toBe('reserved');
    await granted(world, 'agt_2', 1);
    expect((await world.plan('agt_1', {}, now)).kind).toBe('refused');
    expect(broken(world, ['enterprise/enterprise'])).toEqual([]);
  });

  it('[LIM-2] finds what other purses hold, down to the last unit', async () => {
    const world = await aWorld(1_000_000, 100);
    const agents = Array.from({ length: 40 }, (_, n) => `agt_${n}`);
    for (const id of agents) await granted(world, id, 1);
    expect(new Set(agents.map((id) => purseOf(enterprise, id))).size).toBeGreaterThan(20);
    await granted(world, 'agt_0', 59);
    await granted(world, 'agt_1', 1);
    expect((await refused(world, 'agt_2', 1)).refusal.code).toBe('LimitExceeded');
    expect((await world.usage(enterprise, now)).quotas[0]).toMatchObject({ used: 100, remaining: 0 });
  });

  it('[LIM-1] counts by calendar window, in UTC; a clock that is behind spends in the window that has begun', async () => {
    const world = await aWorld(10);
    await granted(world, 'agt_1', 10);
    await refused(world, 'agt_1', 1);
    const tomorrow = new Date('2026-11-23T00:00:00.000Z');
    await granted(world, 'agt_1', 6, tomorrow);
    expect((await granted(world, 'agt_1', 4, now)).charges[0]?.windows).toMatchObject({ tokens_day: '2026-11-23' });
    await refused(world, 'agt_1', 1, tomorrow);
    expect(await usedBy(world, tomorrow)).toMatchObject({ used: 10, resets_at: '2026-11-24T00:00:00.000Z' });
  });
});

describe('warnings', () => {
  it('[LIM-3] come once at 80 %, and once at the first refusal; the record counts its entries', async () => {
    const world = await aWorld(10);
    await granted(world, 'agt_1', 7);
    expect(world.events('warned')).toEqual([]);
    await granted(world, 'agt_1', 1);
    await granted(world, 'agt_1', 1);
    await refused(world, 'agt_1', 2);
    await refused(world, 'agt_1', 2);
    const told = world.state.entries.filter(({ subject }) => subject === 'limit/agent/agt_1');
    expect(told.map(({ sequence, domain, event }) => [sequence, domain, event.type])).toEqual([
      [1, 'product', 'orchestra.limit.warned.v1'],
      [2, 'product', 'orchestra.limit.reached.v1'],
    ]);
    expect(told[0]?.event.data).toMatchObject({ id: 'agt_1', dimension: 'tokens', used: 8, amount: 10 });
    expect(told[1]?.event.data).toMatchObject({ wanted: 2, remaining: 1, window_start: '2026-11-22T00:00:00.000Z' });
    await granted(world, 'agt_1', 9, later(86_400));
    expect(world.events('warned')).toHaveLength(2);
  });

  it('[LIM-3] of the enterprise are never late, and early by no more than what its purses hold', async () => {
    const world = await aWorld(1_000_000, 1_000);
    let used = 0;
    while (world.events('warned').length === 0) {
      await granted(world, `agt_${used}`, 5);
      used += 5;
      expect(used).toBeLessThanOrEqual(800);
    }
    expect(used).toBeGreaterThan(600);
    expect(world.events('warned')[0]).toMatchObject({ domain: 'enterprise', subject: 'limit/enterprise/enterprise' });
  });
});

describe('a settlement', () => {
  it('[LIM-2] gives back what was not used, in the window that it was taken from only', async () => {
    const world = await aWorld(10);
    const [first, second] = [await granted(world, 'agt_1', 4), await granted(world, 'agt_1', 5)];
    await (await world.settle(first, { tokens: 1 }, now)).commit();
    expect(await usedBy(world)).toMatchObject({ used: 6 });
    const tomorrow = later(86_400);
    await granted(world, 'agt_1', 2, tomorrow);
    await (await world.settle(second, { tokens: 0 }, tomorrow)).commit();
    expect(await usedBy(world, tomorrow)).toMatchObject({ used: 2 });
  });

  it('[LIM-2] without figures keeps what was reserved; what was abandoned gives all back', async () => {
    const world = await aWorld(10);
    const [kept, left] = [await granted(world, 'agt_1', 3), await granted(world, 'agt_1', 4)];
    await (await world.settle(kept, undefined, now)).commit();
    const settled = await world.settle(left, undefined, now, true);
    await settled.commit();
    expect(settled.reservation).toMatchObject({ state: 'settled', amounts: { api_calls: 1 } });
    expect(await usedBy(world)).toMatchObject({ used: 3 });
  });

  it('[LIM-2] never gives back the call that asked: abandoned, told of as none, or expired, it was made', async () => {
    const world = await aWorld(10);
    const calls = async () => (await world.usage(agent, now)).quotas.find((one) => one.dimension === 'api_calls')?.used;
    const [left, denied, lost] = [
      await granted(world, 'agt_1', 1),
      await granted(world, 'agt_1', 1),
      await granted(world, 'agt_1', 1),
    ];
    await (await world.settle(left, undefined, now, true)).commit();
    expect(await calls()).toBe(3);
    await (await world.settle(denied, { api_calls: 0 }, now)).commit();
    expect(await calls()).toBe(3);
    const expired = await world.expire(lost, now);
    expect(await calls()).toBe(3);
    const settled = await world.settle(expired, { tokens: 1, api_calls: 2 }, now);
    await settled.commit();
    expect(await calls()).toBe(4);
    expect(settled.reservation.charges[0]?.windows).toEqual({ tokens_day: '2026-11-22', api_calls_day: '2026-11-22' });
    expect(broken(world, ['agent/agt_1', 'enterprise/enterprise'])).toEqual([]);
  });

  it('[LIM-3] takes an overrun that fits, caps one that does not, and says so', async () => {
    const world = await aWorld(10);
    const first = await granted(world, 'agt_1', 4);
    const fits = await world.settle(first, { tokens: 7 }, now);
    await fits.commit();
    expect(fits).toMatchObject({ overrun: {}, reservation: { amounts: { tokens: 7 } } });
    const second = await granted(world, 'agt_1', 1);
    const over = await world.settle(second, { tokens: 30 }, now);
    await over.commit();
    expect(over.overrun).toEqual({ tokens: 27 });
    expect(over.reservation.amounts).toEqual({ tokens: 3, api_calls: 1 });
    expect(await usedBy(world)).toMatchObject({ used: 10, remaining: 0 });
    expect((await world.usage(enterprise, now)).quotas[0]?.used).toBe(10);
    expect(world.events('overrun').map(({ event }) => event.data)).toEqual([
      expect.objectContaining({ kind: 'agent', id: 'agt_1', dimension: 'tokens', over: 27, decision_id: 'dec_1' }),
    ]);
  });

  it('[LIM-3] charges nothing to dimensions that no limit is set for, but reports them', async () => {
    const world = await aWorld(10);
    const settled = await world.settle(await granted(world, 'agt_1', 1), { storage_bytes: 5 }, now);
    await settled.commit();
    expect(settled.overrun).toEqual({ storage_bytes: 5 });
  });

  it('[LIM-2] of a reservation that expired charges all of it anew', async () => {
    const world = await aWorld(10);
    const reservation = await granted(world, 'agt_1', 6);
    const expired = await world.expire(reservation, now);
    expect(await usedBy(world)).toMatchObject({ used: 0 });
    await granted(world, 'agt_1', 8);
    const settled = await world.settle(expired, { tokens: 6 }, now);
    await settled.commit();
    expect(settled).toMatchObject({ overrun: { tokens: 4 }, reservation: { amounts: { tokens: 2 } } });
  });
});

describe('another limit', () => {
  it('[LIM-3] that is lower takes back at once what purses hold, and stands against what was planned before it', async () => {
    const world = await aWorld(100);
    const first = await granted(world, 'agt_1', 80);
    const [planned, settling] = [
      await world.plan('agt_1', { tokens: 20 }, now),
      await world.settle(first, { tokens: 50 }, now),
    ];
    await world.set(agent, tokens(50), now);
    expect(await usedBy(world)).toMatchObject({ amount: 50, used: 80, remaining: 0 });
    await expect(settling.commit()).rejects.toThrow(Contended);
    await expect(planned.commit()).rejects.toThrow(Contended);
    await refused(world, 'agt_1', 1);
    await (await world.settle(first, { tokens: 45 }, now)).commit();
    await granted(world, 'agt_1', 5);
    await refused(world, 'agt_1', 1);
    expect(broken(world, ['agent/agt_1'])).toEqual([]);
  });

  it('[LIM-3] that is lower is not undone by whoever read the higher one before it', async () => {
    const world = await aWorld(1_000_000);
    const team = { kind: 'team', id: 'checkout' } as const;
    await world.set(team, tokens(1_000), now);
    await granted(world, 'agt_1', 1);
    const keys = world.port.keysFor(holder);
    const records = async () => new Map((await world.state.table.getMany(keys)).map((item, at) => [at, item]));
    const before = await records();
    await world.set(team, tokens(100), now);
    const after = await records();
    // The limits as they were, the vaults and purses as they are: so does a batched read see them that is overtaken.
    const torn = keys.map(({ sk }, at) => (sk === 'limit' ? before : after).get(at));
    const plan = await world.plan('agt_1', { tokens: 400 }, now, torn);
    expect(plan).toMatchObject({ kind: 'refused', refusal: { detail: expect.stringContaining('99 of 100 tokens') } });
    const small = await world.plan('agt_1', { tokens: 10 }, now, torn);
    await small.commit();
    expect(await world.usage(team, now)).toMatchObject({ quotas: [{ amount: 100, used: 11 }, {}] });
    expect(broken(world, ['team/checkout'])).toEqual([]);
  });

  it('[LIM-3] that came between the reading and the writing of what opens a vault refuses it', async () => {
    const world = await aWorld(100);
    const planned = await world.plan('agt_1', { tokens: 30 }, now);
    const { own } = await world.account(agent);
    expect(own).toBeUndefined();
    await world.set(agent, tokens(20), now);
    await expect(planned.commit()).rejects.toThrow(Contended);
    await refused(world, 'agt_1', 21);
  });

  it('[LIM-3] without a dimension stands against what a purse would still have had of it', async () => {
    const world = await aWorld(1_000_000);
    const team = { kind: 'team', id: 'checkout' } as const;
    await world.set(team, tokens(1_000), now);
    await granted(world, 'agt_1', 1);
    const planned = await world.plan('agt_1', { tokens: 1 }, now);
    // Its purse has enough, so that nothing of it is about the vault.
    expect(planned.change.writes.map(({ key }) => key.pk)).not.toContain('limits#team#checkout#vault');
    await world.set(team, [], now);
    await expect(planned.commit()).rejects.toThrow(Contended);
  });

  it('[LIM-3] binds when it is set again after a request that did not live to bind it', async () => {
    const world = await aWorld(1_000_000);
    const team = { kind: 'team', id: 'checkout' } as const;
    await world.set(team, tokens(1_000), now);
    await granted(world, 'agt_1', 1);
    const planned = await world.plan('agt_1', { tokens: 20 }, now);
    await world.record(team, [], now);
    // Somebody who asks next opens the vault under it, which does not reach the other purses.
    await (await world.plan(otherPurse, {}, now)).commit();
    await bind(world.ports, team, { now, trace: world.trace });
    await expect(planned.commit()).rejects.toThrow(Contended);
    expect(broken(world, ['team/checkout'])).toEqual([]);
  });

  it('[LIM-3] that is lower by default binds the next request of each that it stands for', async () => {
    const world = await aWorld(100);
    await granted(world, 'agt_1', 30);
    await world.set({ kind: 'default', id: 'agent' }, tokens(40), now);
    await refused(world, 'agt_1', 11);
    await granted(world, 'agt_1', 10);
    expect(await usedBy(world)).toMatchObject({ amount: 40, used: 40, remaining: 0 });
  });

  it('[LIM-3] that is higher gives what it adds, and what is its own goes before the default', async () => {
    const world = await aWorld(10);
    await granted(world, 'agt_1', 10);
    await world.set(agent, tokens(15), now);
    await granted(world, 'agt_1', 5);
    await refused(world, 'agt_1', 1);
    expect(await world.usage(agent, now)).toMatchObject({ set_by: 'agent/agt_1', quotas: [{ used: 15 }, {}] });
    await granted(world, 'agt_2', 10);
    await refused(world, 'agt_2', 1);
  });
});
