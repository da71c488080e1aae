import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  authorityOver,
  changedFields,
  decideStatus,
  matches,
  merged,
  revised,
  type Target,
} from '../../../functions/directory/model.ts';
import { PrincipalKind } from '../../../functions/shared/contract.ts';
import { type Actor, Status } from '../../../functions/shared/principal.ts';
import { anAgent, later, operator } from './organizations.ts';

const statuses = [...Status.values];
const kinds = [...PrincipalKind.values];
const actor = (kind: PrincipalKind, given: Partial<Actor> = {}): Actor => ({
  ...operator,
  id: 'actor',
  kind,
  roles: [],
  ...given,
});
const target = (kind: Target['kind'], domain?: string): Target => ({ kind, id: 'target', domain });

describe('the rules of status', () => {
  const writers = kinds.filter((kind) => kind !== 'agent');
  const targets: Target['kind'][] = ['team', 'domain', ...kinds];
  const cases = writers.flatMap((by) =>
    targets.flatMap((on) => statuses.flatMap((from) => statuses.map((to) => ({ by, on, from, to })))),
  );

  it.each(cases)('[DIR-3] $by moves $on from $from to $to', ({ by, on, from, to }) => {
    const governs = by === 'human' || by === 'enterprise_orchestrator';
    const stays = from === to;
    const allowed =
      from !== 'retired' && (stays || ((from !== 'contained' || governs) && (on !== 'domain' || governs)));
    expect(decideStatus(actor(by), target(on), from, to).kind).toBe(allowed ? 'accept' : 'refuse');
  });

  it('[DIR-3] lets nobody change its own status, and everybody change the rest', () => {
    for (const by of kinds) {
      for (const from of statuses.filter((status) => status !== 'retired')) {
        for (const to of statuses) {
          const own = decideStatus(actor(by), { kind: by, id: 'actor' }, from, to);
          expect(own.kind).toBe(from === to ? 'accept' : 'refuse');
        }
      }
    }
  });
});

describe('who may write what', () => {
  const all: Target[] = [
    target('team', 'product'),
    target('domain', 'product'),
    target('agent', 'product'),
    target('domain_orchestrator', 'product'),
    target('enterprise_orchestrator'),
    target('human'),
  ];
  const verdicts = (by: Actor): string[] => all.map((one) => authorityOver(by, one));

  it('[DIR-3] agents write nothing', () => {
    expect(new Set(verdicts(actor('agent', { roles: ['operator'] })))).toEqual(new Set(['PrincipalKindRefused']));
  });

  it('[DIR-3] a domain orchestrator writes agents, teams and the domain that are its own', () => {
    const refused = Array.from({ length: 3 }, () => 'PrincipalKindRefused');
    expect(verdicts(actor('domain_orchestrator', { domain: 'product' }))).toEqual([
      ...Array.from({ length: 3 }, () => 'granted'),
      ...refused,
    ]);
    expect(verdicts(actor('domain_orchestrator', { domain: 'platform' }))).toEqual([
      ...Array.from({ length: 3 }, () => 'OutsideOwnDomain'),
      ...refused,
    ]);
  });

  it('[DIR-3] the enterprise orchestrator writes all that is below it, and neither itself nor humans', () => {
    expect(verdicts(actor('enterprise_orchestrator'))).toEqual([
      ...Array.from({ length: 4 }, () => 'granted'),
      'PrincipalKindRefused',
      'PrincipalKindRefused',
    ]);
  });

  it.each([
    [['operator'], 'granted'],
    [['board_member'], 'granted'],
    [['auditor', 'board_member'], 'granted'],
    [['auditor', 'on_call'], 'RoleMissing'],
    [[], 'RoleMissing'],
  ])('[DIR-3] a human with roles %j is %s', (roles, verdict) => {
    expect(new Set(verdicts(actor('human', { roles })))).toEqual(new Set([verdict]));
  });
});

describe('changes of a record', () => {
  it('[DIR-3] takes what a patch gives, clears what it nulls, and leaves the rest', () => {
    const before = anAgent({ client_id: 'own', capacity: 2 });
    const { client_id: _, ...rest } = before;
    expect(merged(before, { capacity: 5, client_id: null })).toEqual({ ...rest, capacity: 5 });
    expect(merged(before, { name: undefined })).toEqual(before);
  });

  it('[DIR-3] is no change when every field stays', () => {
    const before = anAgent();
    expect(
      revised(before, merged(before, { skills: before.skills.map((one) => ({ ...one })) }), later),
    ).toBeUndefined();
  });

  it('[DIR-3] names what differs, and gives the next version', () => {
    const before = anAgent({ version: 4 });
    const after = revised(before, merged(before, { capacity: 9, status: 'paused' }), later);
    expect(after).toEqual({ ...before, capacity: 9, status: 'paused', version: 5, updated_at: later.toISOString() });
    expect(changedFields(before, after ?? before)).toEqual(['capacity', 'status']);
  });

  it('[DIR-3] finds an agent by any combination of what it is', () => {
    const agent = anAgent({ skills: [{ name: 'sql', proficiency: 1 }] });
    const right = { domain: 'product', team: 'checkout', skill: 'sql', status: 'active' } as const;
    const wrong = { domain: 'platform', team: 'catalog', skill: 'java', status: 'paused' } as const;
    const names = ['domain', 'team', 'skill', 'status'] as const;
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<'right' | 'wrong' | 'absent'>('right', 'wrong', 'absent'), { minLength: 4 }),
        (pick) => {
          const given = names.map((name, n) => [
            name,
            { right, wrong, absent: undefined }[pick[n] ?? 'absent']?.[name],
          ]);
          expect(matches(agent, Object.fromEntries(given))).toBe(!pick.slice(0, 4).includes('wrong'));
        },
      ),
    );
  });
});
