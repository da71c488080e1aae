import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepest, type NewDelegation } from '../../../functions/approvals/contract.ts';
import { barredBy, covers, decideDelegation, effective } from '../../../functions/approvals/delegation-model.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';
import { type Actor, personOf } from '../../../functions/shared/principal.ts';
import { byId, DelegationWorld, inDays, people, start, types } from './fixtures.ts';

const of = (id: string): Actor => {
  const found = byId.get(id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
};
const give = (from: string, wanted: Partial<NewDelegation>, world = new DelegationWorld()) =>
  decideDelegation({
    id: 'dlg_x',
    from: of(from),
    wanted: { to: 'agt_a', types: ['alpha_type'], expires_at: inDays(3), ...wanted },
    chain: typeof wanted.parent === 'string' ? world.chainOf(wanted.parent) : [],
    active: byId,
    now: start,
  });

const step = fc.record({
  to: fc.constantFrom(...people.map(({ id }) => id)),
  types: fc.oneof({ weight: 3, arbitrary: fc.constant(types) }, fc.subarray(types, { minLength: 1 })),
  days: fc.oneof({ weight: 3, arbitrary: fc.constant(5) }, fc.integer({ min: -1, max: 40 })),
  most: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.integer({ min: 0, max: 9 })),
});

/** A chain of delegations, each passing on a part of the one before, as long as the rules let it grow. */
function grown(
  root: string,
  steps: readonly { to: string; types: string[]; days: number; most: number | undefined }[],
) {
  const world = new DelegationWorld();
  let from = root;
  let parent: string | undefined;
  for (const { to, types: wanted, days, most } of steps) {
    const made = world.give(of(from), {
      to,
      types: wanted,
      expires_at: inDays(days),
      ...(parent === undefined ? {} : { parent }),
      ...(most === undefined ? {} : { max_cost_micro_usd: most }),
    });
    if (!made) continue;
    [from, parent] = [to, made.id];
  }
  return { world, last: parent };
}

describe('a chain of delegations', () => {
  const chains = fc.tuple(fc.constantFrom('orc_a', 'ent_a', 'hum_a'), fc.array(step, { minLength: 1, maxLength: 12 }));

  it('[APR-3] gives no more than any of its links, and no longer', () => {
    let long = 0;
    fc.assert(
      fc.property(chains, ([root, steps]) => {
        const { world, last } = grown(root, steps);
        if (last === undefined) return;
        const links = world.chainOf(last);
        const given = world.effectOf(last);
        expect(links.length).toBeLessThanOrEqual(deepest);
        expect(given?.authority.id).toBe(root);
        expect(given?.persons).toEqual(links.flatMap(({ from }) => personOf(of(from)) ?? []));
        for (const link of links) {
          for (const type of given?.types ?? []) expect(link.types).toContain(type);
          expect((given?.expiresAt ?? '') <= link.expires_at).toBe(true);
          const ceiling = link.max_cost_micro_usd;
          if (ceiling !== null) expect(given?.maxCost ?? Infinity).toBeLessThanOrEqual(ceiling);
        }
        expect(new Set([...links.map(({ from }) => from), links.at(-1)?.to]).size).toBe(links.length + 1);
        if (links.length > 2) long += 1;
      }),
      { numRuns: 500 },
    );
    expect(long).toBeGreaterThan(20);
  });

  it('[APR-3] is dead when any link is revoked or over, or any delegator does not act', () => {
    fc.assert(
      fc.property(chains, fc.nat(), ([root, steps], n) => {
        const { world, last } = grown(root, steps);
        if (last === undefined) return;
        const links = world.chainOf(last);
        const hit = n % links.length;
        const revoked = links.map((link, at) => (at === hit ? { ...link, state: 'revoked' as const } : link));
        expect(effective(revoked, byId, start)).toBeUndefined();
        expect(effective(links, byId, new Date(links[hit]?.expires_at ?? ''))).toBeUndefined();
        const stopped = new Map([...byId].filter(([id]) => id !== links[hit]?.from));
        expect(effective(links, stopped, start)).toBeUndefined();
        expect(effective(links.toSpliced(hit, 1), byId, start)?.path.length ?? 0).toBeLessThan(links.length);
      }),
    );
  });

  it('[APR-3] has the authority that its first delegator has now, not the one that it had', () => {
    const world = new DelegationWorld();
    const made = world.give(of('orc_a'), { to: 'agt_a', types: ['alpha_type'], expires_at: inDays(3) });
    const moved = new Map([...byId, ['orc_a', { ...of('orc_a'), domain: 'platform' }]]);
    expect(effective(world.chainOf(made?.id ?? ''), moved, start)?.authority.domain).toBe('platform');
  });
});

describe('a delegation', () => {
  const world = new DelegationWorld();
  const wide = { to: 'ent_a', types: ['alpha_type', 'beta_type'], expires_at: inDays(9), max_cost_micro_usd: 50 };
  const parent = world.give(of('hum_a'), wide)?.id ?? '';

  it.each([
    ['longer than 30 days', 'hum_a', { expires_at: inDays(31) }, 'DelegationTooWide'],
    ['that is over', 'hum_a', { expires_at: inDays(0) }, 'DelegationTooWide'],
    ['to itself', 'hum_a', { to: 'hum_a' }, 'DelegationRefused'],
    ['to nobody', 'hum_a', { to: 'agt_gone' }, 'DelegationRefused'],
    ['of a human without authority', 'hum_auditor', {}, 'DelegationRefused'],
    ['of what somebody else has', 'orc_a', { parent }, 'DelegationRefused'],
    ['of a type that it does not have', 'ent_a', { parent, types: ['gamma_type'] }, 'DelegationTooWide'],
    ['of a greater cost', 'ent_a', { parent, max_cost_micro_usd: 51 }, 'DelegationTooWide'],
    ['of any cost, having a ceiling', 'ent_a', { parent }, 'DelegationTooWide'],
    ['beyond its own end', 'ent_a', { parent, max_cost_micro_usd: 50, expires_at: inDays(10) }, 'DelegationTooWide'],
    ['back to its delegator', 'ent_a', { parent, max_cost_micro_usd: 50, to: 'hum_a' }, 'DelegationRefused'],
  ])('[APR-3] %s is refused', (_, from, wanted, why) => {
    expect(give(from, wanted, world)).toMatchObject({ kind: 'refuse', why });
  });

  it('[APR-3] with a ceiling covers what is known to lie under it', () => {
    const given = world.effectOf(parent);
    if (!given) throw new Error('the delegation gives nothing');
    const asks = (cost_micro_usd: number | null) => covers(given, { decision_type: 'alpha_type', cost_micro_usd });
    expect([asks(50), asks(51), asks(null)]).toEqual([true, false, false]);
  });

  it('[APR-3] bars who revoked it after the request as well as who has it, not who revoked it before', () => {
    const opened_at = start.toISOString();
    const later = addSeconds(start, 1).toISOString();
    const earlier = addSeconds(start, -1).toISOString();
    const row = {
      id: 'dlg_1',
      path: ['orc_a'],
      persons: ['p'],
      types: ['alpha_type'],
      created_at: earlier,
      expires_at: inDays(1),
    };
    const barred = (revoked_at: string | null, decision_type = 'alpha_type') => {
      const { ids, persons } = barredBy([{ ...row, revoked_at }], { decision_type, opened_at });
      return [...ids, ...persons];
    };
    expect(barred(null)).toEqual(['orc_a', 'p']);
    expect(barred(later)).toEqual(['orc_a', 'p']);
    expect(barred(earlier)).toEqual([]);
    expect(barred(null, 'beta_type')).toEqual([]);
  });
});
