import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Conflict, conflictSteps, KnowledgeItem } from '../../../functions/conflicts/contract.ts';
import { decideAgreement, decideOption, decidePerspective, missing } from '../../../functions/conflicts/model.ts';
import { agreedOn, decideResolution } from '../../../functions/conflicts/resolution-model.ts';
import { decisionTypeOf, shortened, termsOf } from '../../../functions/conflicts/terms-model.ts';
import {
  clockState,
  escalatedTo,
  levelAbove,
  levelsFrom,
  nextTick,
  whenOver,
} from '../../../functions/conflicts/turn-model.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';
import { aConflict, acts, ids, people, start, walked } from './fixtures.ts';

const parties = fc.integer({ min: 2, max: 4 });

describe('whatever is done to a conflict', () => {
  it('[CNF-2] its steps come in their order, none is left out but the escalation', () => {
    let ended = 0;
    fc.assert(
      fc.property(parties, acts, (n, all) => {
        const { steps } = walked(aConflict(n), all);
        const order = conflictSteps.filter((step) => step !== 'escalated' || steps.includes('escalated'));
        expect(steps).toEqual(order.slice(0, steps.length));
        if (steps.at(-1) === 'documented') ended += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(ended).toBeGreaterThan(20);
  });

  it('[CNF-2] there are no options, nor any interests, before each party has spoken or was found silent', () => {
    let heard = 0;
    fc.assert(
      fc.property(parties, acts, (n, all) => {
        for (const one of walked(aConflict(n), all).versions) {
          const accounted = (step: 'perspectives' | 'interests') =>
            missing(one, step).every((party) => one.silent.some((gap) => gap.step === step && gap.party === party));
          if (one.interests.length > 0) expect(accounted('perspectives')).toBe(true);
          if (one.options.length === 0) continue;
          expect(accounted('perspectives') && accounted('interests')).toBe(true);
          heard += 1;
        }
      }),
      { numRuns: 1_000 },
    );
    expect(heard).toBeGreaterThan(100);
  });

  it('[CNF-3] it does not end without a resolution, never changes after it, and the schema knows no other', () => {
    fc.assert(
      fc.property(parties, acts, (n, all) => {
        const { versions } = walked(aConflict(n), all);
        for (const [at, one] of versions.entries()) {
          expect(one.version).toBe(at + 1);
          expect(one.step === 'documented').toBe(one.resolution !== null);
          expect(Conflict.parse(one)).toEqual(one);
          if (one.step === 'documented') expect(at).toBe(versions.length - 1);
          else expect(one.due_at).not.toBeNull();
        }
      }),
    );
    const open = aConflict();
    expect(Conflict.safeParse({ ...open, step: 'documented' }).success).toBe(false);
  });

  it('[CNF-3] it ends by all of its parties, or by a level that speaks for none of them', () => {
    let byAuthority = 0;
    let byAgreement = 0;
    fc.assert(
      fc.property(parties, acts, (n, all) => {
        const { conflict } = walked(aConflict(n), all);
        const { resolution } = conflict;
        if (!resolution) return;
        if (resolution.by === 'agreement') {
          byAgreement += 1;
          expect(new Set(conflict.agreements.map(({ party }) => party)).size).toBe(n);
          expect(new Set(conflict.agreements.map(({ option_id }) => option_id))).toEqual(
            new Set([resolution.option_id]),
          );
          return;
        }
        byAuthority += 1;
        const [by = ''] = resolution.decided_by;
        expect(['orc_product', 'ent', 'hum_board']).toContain(by);
        expect(conflict.escalation).not.toBeNull();
      }),
      { numRuns: 2_000 },
    );
    expect(byAuthority).toBeGreaterThan(20);
    expect(byAgreement).toBeGreaterThan(3);
  });

  it('[CNF-2] by its clock alone it comes to the board and stays there, and never ends', () => {
    fc.assert(
      fc.property(parties, fc.integer({ min: 7, max: 30 }), (n, rounds) => {
        const clock = Array.from({ length: rounds }, () => ({ do: 'pass' as const, late: false }));
        const { conflict } = walked(aConflict(n), [{ do: 'begin' }, ...clock]);
        expect(conflict).toMatchObject({ step: 'escalated', resolution: null, escalation: { level: 'board' } });
        expect(conflict.escalation?.renewals).toBe(rounds - 5);
        expect(conflict.silent).toHaveLength(2 * n);
      }),
    );
  });
});

describe('a party', () => {
  it('[CNF-2] speaks once, and nobody speaks for it who is not named', () => {
    const given = { statement: 'So.', evidence: [] };
    const first = decidePerspective(aConflict(), 'agt_a', given, start);
    if (first.kind === 'refuse') throw new Error(first.detail);
    expect(first).toMatchObject({ party: 'team_a', complete: false, next: { step: 'perspectives' } });
    expect(decidePerspective(first.next, 'agt_a', given, start)).toMatchObject({ why: 'AlreadySpoken' });
    expect(decidePerspective(first.next, 'agt_x', given, start)).toMatchObject({ why: 'NotAParty' });
    expect(decidePerspective(first.next, 'agt_a', { ...given, party: 'team_b' }, start)).toMatchObject({
      why: 'NotAParty',
    });
    const last = decidePerspective(first.next, 'agt_b', given, start);
    expect(last).toMatchObject({ complete: true, next: { step: 'interests', turn: 1 } });
  });

  it('[CNF-2] of two that one principal speaks for is named, or comes in their order', () => {
    const both = aConflict(2);
    const conflict = { ...both, parties: both.parties.map((one) => ({ ...one, speakers: ['orc_product'] })) };
    const given = { statement: 'So.', evidence: [] };
    const named = decidePerspective(conflict, 'orc_product', { ...given, party: 'team_b' }, start);
    expect(named).toMatchObject({ party: 'team_b' });
    if (named.kind === 'refuse') throw new Error(named.detail);
    expect(decidePerspective(named.next, 'orc_product', given, start)).toMatchObject({
      party: 'team_a',
      complete: true,
    });
  });

  it('[CNF-2] proposes up to 20 options', () => {
    let conflict = aConflict(2, { step: 'options', turn: 2 });
    const option = { title: 'A way', description: 'To go.', serves: [] };
    for (let at = 0; at < 20; at += 1) {
      const decided = decideOption(conflict, at % 2 === 0 ? 'agt_a' : 'agt_b', option, start);
      if (decided.kind === 'refuse') throw new Error(decided.detail);
      conflict = decided.next;
    }
    expect(conflict.options.at(-1)).toMatchObject({ id: 'opt_20', party: 'team_b' });
    expect(decideOption(conflict, 'agt_a', option, start)).toMatchObject({ why: 'StepOutOfOrder' });
    expect(decideAgreement(conflict, 'agt_a', { option_id: 'opt_21' }, start)).toMatchObject({ why: 'NotFound' });
  });
});

describe('a resolution', () => {
  const escalated = escalatedTo(aConflict(2, { step: 'options', turn: 2 }), 'enterprise', start);
  const given = { decision: 'Thus.', rationale: 'Because.', dissent: [] };
  const at = { now: start, ids };
  const by = (id: string) => {
    const found = people.find((one) => one.id === id);
    if (!found) throw new Error(`there is no ${id}`);
    return decideResolution(escalated, found, given, at);
  };

  it('[CNF-3] is of the level that it waits for, or one above', () => {
    for (const id of ['orc_product', 'hum_auditor', 'agt_x']) expect(by(id), id).toMatchObject({ why: 'NotThisLevel' });
    expect(by('agt_a')).toMatchObject({ why: 'OwnConflict' });
    for (const id of ['ent', 'hum_board']) expect(by(id), id).toMatchObject({ kind: 'resolved' });
  });

  it('[CNF-3] names parties and options that there are', () => {
    const ent = people.find(({ id }) => id === 'ent');
    if (!ent) throw new Error('there is no ent');
    const option = { option_id: 'opt_1', rationale: 'Because.', dissent: [] };
    expect(decideResolution(escalated, ent, option, at)).toMatchObject({ why: 'NotFound' });
    const dissent = [{ party: 'team_x', statement: 'No.' }];
    expect(decideResolution(escalated, ent, { ...given, dissent }, at)).toMatchObject({ why: 'NotFound' });
  });

  it('[CNF-3] is kept as knowledge that fits its schema, with what each party said', () => {
    const said = [{ party: 'team_a', by: 'agt_a', at: start.toISOString(), statement: 'We were first.', evidence: [] }];
    const option = {
      id: 'opt_1',
      party: 'team_a',
      by: 'agt_a',
      at: start.toISOString(),
      title: 'By turns',
      description: 'One after the other.',
      serves: ['No day is lost'],
    };
    const agreements = ['a', 'b'].map((letter) => ({
      party: `team_${letter}`,
      by: `agt_${letter}`,
      at: start.toISOString(),
      option_id: 'opt_1',
    }));
    const conflict = aConflict(2, { step: 'options', turn: 2, perspectives: said, options: [option], agreements });
    const { knowledge, next } = agreedOn(conflict, 'opt_1', at);
    expect(KnowledgeItem.parse(knowledge)).toMatchObject({
      topic: 'resource',
      title: 'Both need staging',
      context: 'Both need staging\nteam_a: We were first.',
      decision: 'By turns: One after the other.',
      options: ['By turns'],
      source: { conflict_id: conflict.id, entry_id: ids.entry },
    });
    expect(next).toMatchObject({ version: conflict.version, step: 'documented', closed_at: start.toISOString() });
  });
});

describe('time', () => {
  it('[CNF-2] is given by urgency, and changed within bounds', () => {
    expect(termsOf('normal')).toEqual({ perspectives: 14_400, interests: 14_400, options: 28_800, level: 86_400 });
    expect(termsOf('critical', { options: 90 })).toMatchObject({ perspectives: 1_800, options: 90 });
    expect(shortened('normal', { options: 90, level: 90_000, interests: undefined })).toEqual(['options']);
  });

  it('[CNF-2] of a turn that has passed is over once; a turn that is not there is never over', () => {
    const conflict = { ...aConflict(), step: 'perspectives' as const };
    expect(whenOver(conflict, 1, start)).toEqual({ kind: 'none' });
    expect(whenOver(conflict, 0, start)).toMatchObject({ kind: 'advanced', silent: ['team_a', 'team_b'] });
    expect(whenOver(aConflict(), 0, start)).toEqual({ kind: 'none' });
  });

  it('[CNF-2] of a level is reminded of at half, before it ends, also when both are over', () => {
    const escalated = escalatedTo(aConflict(2, { step: 'options', turn: 2 }), 'domain', start);
    expect(nextTick(escalated)).toEqual({ at: addSeconds(start, 43_200).toISOString(), does: 'remind' });
    expect(clockState(escalated, start)).toMatchObject({ until_reminder: 43_200, until_due: 86_400 });
    expect(clockState(escalated, addSeconds(start, 200_000))).toMatchObject({ until_reminder: 1, until_due: 2 });
  });

  it('[CNF-2] goes up through the levels from the one that decides; no agent judges, and what no row names is for the board', () => {
    expect(levelsFrom('agent')).toEqual(['domain', 'enterprise', 'board']);
    expect(levelsFrom('enterprise')).toEqual(['enterprise', 'board']);
    expect(levelsFrom(undefined)).toEqual(['board']);
    expect([levelAbove('domain'), levelAbove('board')]).toEqual(['enterprise', 'board']);
    const [a, b] = aConflict().parties;
    if (!a || !b) throw new Error('there are two');
    expect(decisionTypeOf({ type: 'scope', parties: [a, { ...b, domain: 'platform' }] })).toBe('cross_domain_conflict');
    const inside = (['priority', 'scope', 'technical'] as const).map((type) =>
      decisionTypeOf({ type, parties: [a, b] }),
    );
    expect(inside).toEqual(['task_prioritization', 'scope_change', 'quality_tradeoff']);
  });
});
