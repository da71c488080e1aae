import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  levelFault,
  mayChange,
  raiseOf,
  raises,
  raisingLevel,
  sameQuotas,
  type Standing,
} from '../../../functions/limits/change-model.ts';
import { dimensions, type Quota, type Scope, Window } from '../../../functions/limits/contract.ts';
import { defaultLimits } from '../../../functions/limits/defaults.ts';
import { keyOf, purseOf, pursesOf } from '../../../functions/limits/scopes-model.ts';
import { endOf, labelOf, secondsOf, startOf } from '../../../functions/limits/windows-model.ts';
import type { Actor } from '../../../functions/shared/principal.ts';

const window = fc.constantFrom(...Window.values);
const instant = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
const quotas: fc.Arbitrary<Quota[]> = fc.uniqueArray(
  fc.record({ dimension: fc.constantFrom(...dimensions), window, amount: fc.nat({ max: 3 }) }),
  { selector: keyOf, maxLength: 8 },
);

describe('windows', () => {
  it('[LIM-1] follow one another without gap or overlap, and sort by their names', () => {
    fc.assert(
      fc.property(window, instant, (one, at) => {
        const label = labelOf(one, at);
        const [start, end] = [startOf(label), endOf(one, label)];
        expect(start.getTime()).toBeLessThanOrEqual(at.getTime());
        expect(end.getTime()).toBeGreaterThan(at.getTime());
        expect(labelOf(one, start)).toBe(label);
        expect(labelOf(one, new Date(end.getTime() - 1))).toBe(label);
        expect(labelOf(one, end) > label).toBe(true);
        expect(secondsOf(one, label)).toBe((end.getTime() - start.getTime()) / 1000);
      }),
    );
  });

  it('[LIM-1] are of the calendar: February ends when it does', () => {
    expect(endOf('month', '2028-02').toISOString()).toBe('2028-03-01T00:00:00.000Z');
    expect(secondsOf('month', '2028-02')).toBe(29 * 86_400);
    expect(endOf('month', '2026-12').toISOString()).toBe('2027-01-01T00:00:00.000Z');
  });
});

describe('purses', () => {
  it('[LIM-2] are used evenly, each principal always the same', () => {
    const enterprise: Scope = { kind: 'enterprise', id: 'enterprise' };
    const counts = new Map<number, number>();
    for (let n = 0; n < 6_400; n += 1) {
      const purse = purseOf(enterprise, `agt_${n}`);
      expect(purseOf(enterprise, `agt_${n}`)).toBe(purse);
      counts.set(purse, (counts.get(purse) ?? 0) + 1);
    }
    expect(counts.size).toBe(pursesOf(enterprise));
    expect(Math.max(...counts.values())).toBeLessThan(200);
  });
});

describe('raising', () => {
  const fits = (limit: readonly Quota[], spent: ReadonlyMap<string, number>): boolean =>
    [...spent].every(([dimension, amount]) => {
      const own = limit.filter((quota) => quota.dimension === dimension);
      return amount === 0 || (own.length > 0 && own.every((quota) => amount <= quota.amount));
    });

  it('[LIM-3] is whatever could allow a consumption that was not allowed before', () => {
    const amounts = fc.array(fc.nat({ max: 4 }), { minLength: dimensions.length, maxLength: dimensions.length });
    fc.assert(
      fc.property(quotas, quotas, amounts, (before, after, spent) => {
        const asked = new Map(dimensions.map((dimension, at) => [dimension as string, spent[at] ?? 0]));
        if (fits(after, asked) && !fits(before, asked)) expect(raises(before, after)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it('[LIM-3] is not what is the same, lower, or left out altogether', () => {
    fc.assert(
      fc.property(quotas, fc.constantFrom(...dimensions), (before, dimension) => {
        expect(raises(before, before)).toBe(false);
        expect(sameQuotas(before, before.toReversed())).toBe(true);
        expect(
          raises(
            before,
            before.filter((quota) => quota.dimension !== dimension),
          ),
        ).toBe(false);
        const lower = before.map((quota) => ({ ...quota, amount: Math.max(0, quota.amount - 1) }));
        expect(raises(before, lower)).toBe(false);
      }),
    );
  });
});

describe('a decision to raise a limit', () => {
  const scope: Scope = { kind: 'team', id: 'checkout' };

  it('[LIM-3] is about these quotas in whatever order, and about no other', () => {
    fc.assert(
      fc.property(quotas, quotas, (one, other) => {
        expect(raiseOf(scope, one.toReversed())).toBe(raiseOf(scope, one));
        expect(raiseOf(scope, one) === raiseOf(scope, other)).toBe(sameQuotas(one, other));
        expect(raiseOf({ ...scope, id: 'other' }, one)).not.toBe(raiseOf(scope, one));
      }),
    );
  });

  it('[LIM-3] names the digest that its description says how to compute', () => {
    const json =
      '[{"amount":5,"dimension":"api_calls","window":"day"},{"amount":9,"dimension":"tokens","window":"day"}]';
    const given: Quota[] = [
      { dimension: 'tokens', window: 'day', amount: 9 },
      { dimension: 'api_calls', window: 'day', amount: 5 },
    ];
    expect(raiseOf(scope, given)).toBe(`team/checkout@${createHash('sha256').update(json).digest('hex')}`);
  });
});

describe('who sets a limit', () => {
  const standing = (kind: Scope['kind'], level: Standing['level'] = 'agent'): Standing => ({
    scope: { kind, id: kind === 'enterprise' ? 'enterprise' : 'x1' },
    level,
    domain: kind === 'enterprise' || kind === 'default' ? 'enterprise' : 'product',
  });
  const actor = (kind: Actor['kind'], level: Actor['level'], domain: string, roles: string[] = []): Actor => ({
    id: 'x',
    name: 'X',
    credential: 'x',
    kind,
    level,
    domain,
    roles,
    approved_tools: [],
  });

  it.each([
    ['agent', 'domain'],
    ['team', 'enterprise'],
    ['domain', 'enterprise'],
    ['default', 'enterprise'],
    ['enterprise', 'board'],
  ] as const)('[LIM-3] the limit of one of kind %s is raised by the %s level', (kind, level) => {
    expect(raisingLevel(standing(kind))).toBe(level);
  });

  it('[LIM-3] is whoever stands above its scope', () => {
    const own = actor('domain_orchestrator', 'domain', 'product');
    expect(mayChange(own, standing('agent'))).toBe('granted');
    expect(mayChange(own, standing('team'))).toBe('granted');
    expect(mayChange(own, standing('domain'))).toBe('PrincipalKindRefused');
    expect(mayChange(own, standing('agent', 'domain'))).toBe('PrincipalKindRefused');
    expect(mayChange({ ...own, domain: 'platform' }, standing('team'))).toBe('OutsideOwnDomain');
    const top = actor('enterprise_orchestrator', 'enterprise', 'enterprise');
    expect(mayChange(top, standing('domain'))).toBe('granted');
    expect(mayChange(top, standing('agent', 'domain'))).toBe('granted');
    expect(mayChange(top, standing('enterprise'))).toBe('PrincipalKindRefused');
    expect(mayChange(actor('human', 'board', 'enterprise', ['board_member']), standing('enterprise'))).toBe('granted');
    expect(mayChange(actor('human', 'board', 'enterprise', ['auditor']), standing('agent'))).toBe('RoleMissing');
    expect(mayChange(actor('agent', 'agent', 'product'), standing('agent'))).toBe('PrincipalKindRefused');
  });

  it('[LIM-3] is mandated by a decision of that level, of the same domain where it is a domain that decided', () => {
    const decided = (level: Actor['level'], domain: string) => ({
      domain,
      deciding_level: 'domain' as const,
      principal: { level },
    });
    expect(levelFault(decided('domain', 'product'), standing('agent'))).toBeUndefined();
    expect(levelFault(decided('domain', 'platform'), standing('agent'))).toContain('another domain');
    expect(levelFault(decided('domain', 'product'), standing('team'))).toContain('enterprise level');
    expect(levelFault(decided('enterprise', 'enterprise'), standing('team'))).toBeUndefined();
    expect(levelFault(decided('enterprise', 'enterprise'), standing('enterprise'))).toContain('board level');
    expect(levelFault(decided('board', 'enterprise'), standing('enterprise'))).toBeUndefined();
  });
});

it('[LIM-1] a deployment starts with a limit of every dimension, for everyone', () => {
  const names = defaultLimits(new Date()).map(({ name, change }) => {
    const [write] = change.writes;
    const set = write?.kind === 'create' ? (write.item.quotas as Quota[]) : [];
    expect(new Set(set.map(({ dimension }) => dimension))).toEqual(new Set(dimensions));
    return name;
  });
  expect(names).toEqual(['default/agent', 'default/team', 'default/domain', 'enterprise/enterprise']);
});
