import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delegation, Escalation } from '../../../functions/approvals/contract.ts';
import { barredBy, covers } from '../../../functions/approvals/delegation-model.ts';
import { afterDeadline, approvals, decideVote, type Power } from '../../../functions/approvals/model.ts';
import { levels } from '../../../functions/shared/contract.ts';
import { type Actor, personOf } from '../../../functions/shared/principal.ts';
import { byId, DelegationWorld, escalationOf, inDays, matrices, people, start, types } from './fixtures.ts';

const who = fc.constantFrom(...people);
const pick = fc.nat({ max: 1_000 });

/** What may happen, in any order: somebody delegates, somebody votes, a level's time runs out. */
const happenings = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ does: fc.constant('delegate' as const), from: who, to: who, pick, own: fc.boolean() }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        does: fc.constant('vote' as const),
        by: who,
        pick,
        own: fc.nat({ max: 3 }).map((n) => n === 0),
      }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('wait' as const) }) },
  ),
  { minLength: 5, maxLength: 40 },
);

const at = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(list.length, 1)];

/** Everybody from whom a principal has authority for a type, found by walking the delegations one by one. */
function sourcesOf(all: readonly Delegation[], id: string, type: string): Set<string> {
  const found = new Set<string>();
  for (const given of all.filter((one) => one.to === id && one.types.includes(type))) {
    let link: Delegation | undefined = given;
    while (link) {
      found.add(link.from);
      const parent: string | null = link.parent;
      link = all.find((one) => one.id === parent);
    }
  }
  return found;
}

const entriesOf = ({ votes }: Escalation): ReadonlySet<string> => new Set(votes.map(({ entry_id }) => entry_id));

function voteIn(world: DelegationWorld, escalation: Escalation, by: Actor, n: number, own: boolean): Escalation {
  const held = world.all.filter(({ to }) => to === by.id);
  const used = own ? undefined : at(held, n);
  const given = used && world.effectOf(used.id);
  if (used && !(given && covers(given, escalation))) return escalation;
  const power: Power = given
    ? {
        voter: by,
        authority: given.authority,
        path: given.path,
        persons: given.persons,
        delegationId: used?.id ?? null,
      }
    : { voter: by, authority: by, path: [], persons: [], delegationId: null };
  const barred = barredBy(
    world.all.filter(({ to }) => to === escalation.requested_by),
    escalation,
  );
  const ballot = { vote: 'approve' as const, reason: 'r', request_digest: escalation.request_digest };
  const decided = decideVote(escalation, ballot, power, barred, {
    now: start,
    entryId: `e${escalation.version}`,
    alive: entriesOf(escalation),
  });
  return decided.kind === 'refuse' ? escalation : decided.next;
}

describe('the approval of a request', () => {
  it('[APR-3] is never given by who asks, by who delegated to it, or with the authority of either', () => {
    let approvedOnes = 0;
    let delegatedOnes = 0;
    fc.assert(
      fc.property(
        matrices,
        who,
        fc.constantFrom(...types),
        pick,
        happenings,
        happenings,
        (matrix, requester, type, n, before, after) => {
          const world = new DelegationWorld();
          const grow = ({ from, to, pick: m, own }: { from: Actor; to: Actor; pick: number; own: boolean }): void => {
            const held = at(
              world.all.filter((one) => one.to === from.id),
              m,
            );
            const parent = own || !held ? {} : { parent: held.id };
            world.give(from, { to: to.id, types: types.slice(m % 3), expires_at: inDays(5), ...parent });
          };
          for (const one of before) if (one.does === 'delegate') grow(one);
          const acting = at(
            world.all.filter((one) => one.to === requester.id && one.types.includes(type)),
            n,
          );
          let escalation = escalationOf(matrix, type, requester, acting?.path ?? []);
          if (!escalation) return;
          for (const one of after) {
            if (one.does === 'delegate') grow(one);
            else if (one.does === 'wait') escalation = afterDeadline(escalation, escalation.round, start) ?? escalation;
            else escalation = voteIn(world, escalation, one.by, one.pick, one.own);
            if (escalation.state === 'approved') break;
          }
          if (escalation.state !== 'approved') return;
          approvedOnes += 1;
          check(world, escalation);
          if (escalation.votes.some(({ path }) => path.length > 0)) delegatedOnes += 1;
        },
      ),
      { numRuns: 3_000 },
    );
    // Were nothing ever approved, or nothing by delegation, the property would hold of nothing.
    expect(approvedOnes).toBeGreaterThan(300);
    expect(delegatedOnes).toBeGreaterThan(10);
  });

  function check(world: DelegationWorld, escalation: Escalation): void {
    const asking = new Set([
      escalation.requested_by,
      ...escalation.chain,
      ...sourcesOf(world.all, escalation.requested_by, escalation.decision_type),
    ]);
    const personsOf = (ids: Iterable<string>) => [...ids].flatMap((id) => personOf(byId.get(id) as Actor) ?? []);
    const counted = approvals(escalation, { ids: asking, persons: new Set(personsOf(asking)) }, entriesOf(escalation));
    expect(counted.length).toBeGreaterThanOrEqual(escalation.terms.quorum);
    const behind = counted.flatMap(({ voter, path }) => [voter, ...path]);
    // Distinct people, and distinct authorities: nobody stands behind two of the votes.
    expect(new Set(behind).size).toBe(behind.length);
    // A person who delegates to its other name is one of them twice, in one vote.
    const persons = counted.flatMap(({ voter, path }) => [...new Set(personsOf([voter, ...path]))]);
    expect(new Set(persons).size).toBe(persons.length);
    if (escalation.person) expect(persons).not.toContain(escalation.person);
    // The vote that made the quorum is one of those that count.
    expect(counted.at(-1)).toEqual(escalation.votes.at(-1));
    for (const { authority, voter } of counted) {
      const source = byId.get(authority);
      expect(levels.indexOf(source?.level ?? 'agent')).toBeGreaterThanOrEqual(
        levels.indexOf(escalation.deciding_level),
      );
      if (source?.kind === 'human') expect(source.roles).toContain('board_member');
      if (source?.level === 'domain') expect(source.domain).toBe(escalation.domain);
      if (escalation.terms.people_only) expect([source?.kind, byId.get(voter)?.kind]).toEqual(['human', 'human']);
    }
  }
});
