import fc from 'fast-check';
import type { Conflict, ConflictStep } from '../../../functions/conflicts/contract.ts';
import {
  begun,
  decideAgreement,
  decideInterests,
  decideOption,
  decidePerspective,
  opened,
  recurred,
} from '../../../functions/conflicts/model.ts';
import { agreedOn, decideResolution } from '../../../functions/conflicts/resolution-model.ts';
import { termsOf } from '../../../functions/conflicts/terms-model.ts';
import { escalatedTo, levelAbove, reminded, whenOver } from '../../../functions/conflicts/turn-model.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';
import type { Level } from '../../../functions/shared/contract.ts';
import { actor } from '../approvals/fixtures.ts';

export const start = new Date('2026-11-01T09:00:00.000Z');
const uuid = '01a2052e-8e1e-76af-9d67-32bf018b0d33';
export const ids = { knowledge: `kno_${uuid}`, entry: uuid };

/** A conflict of as many parties, `team_a` and on, each with one who speaks for it, `agt_a` and on. */
export const aConflict = (parties = 2, more: Partial<Conflict> = {}): Conflict => ({
  ...opened(
    {
      id: `cnf_${uuid}`,
      type: 'priority',
      subject: 'resource/staging',
      summary: 'Both need staging',
      context: '',
      classification: 'internal',
      urgency: 'normal',
      parties: ['a', 'b', 'c', 'd'].slice(0, parties).map((letter) => ({
        id: `team_${letter}`,
        domain: 'product',
        team: `team_${letter}`,
        speakers: [`agt_${letter}`],
      })),
      related_tasks: [],
      opened_by: 'orchestra_conflicts',
      detected_by: null,
      terms: termsOf('normal'),
    },
    start,
  ),
  ...more,
});

/** Everybody that may come along: speakers, deciders of every level, and strangers. */
export const people = [
  ...['agt_a', 'agt_b', 'agt_c', 'agt_d', 'agt_x'].map((id) => actor(id, 'agent')),
  actor('orc_product', 'domain'),
  actor('orc_other', 'domain', 'platform'),
  actor('ent', 'enterprise'),
  actor('hum_board', 'board'),
  actor('hum_auditor', 'board', 'enterprise', ['auditor']),
];

export type Act =
  | { do: 'perspective' | 'interests' | 'option'; who: number }
  | { do: 'agree'; who: number; option: number }
  | { do: 'resolve'; who: number; option: number }
  | { do: 'begin' | 'remind' | 'recur' }
  | { do: 'pass'; late: boolean };

/** Speakers more often than others, and one option more often than others, so that conflicts come to an end. */
const who = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 2 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: people.length - 1 }) },
);
const anybody = fc.integer({ min: 0, max: people.length - 1 });
const option = fc.constantFrom(1, 1, 1, 2);

/** What anybody may do, and the clock, which is late now and then. */
export const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('perspective' as const, 'interests' as const), who }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('option' as const), who }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('agree' as const), who, option }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('resolve' as const), who: anybody, option }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('begin' as const, 'remind' as const, 'recur' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), late: fc.boolean() }) },
  ),
  { minLength: 10, maxLength: 80, size: 'max' },
);

const passed = (conflict: Conflict, turn: number, now: Date): Conflict | undefined => {
  const over = whenOver(conflict, turn, now);
  if (over.kind === 'none') return undefined;
  if (over.kind === 'advanced') return over.next;
  const level: Level = over.from === null ? 'domain' : levelAbove(over.from);
  return escalatedTo(conflict, level, now);
};

/** The conflict after an act; undefined when it was refused, or changed nothing. */
export function after(conflict: Conflict, act: Act, now: Date): Conflict | undefined {
  switch (act.do) {
    case 'begin':
      return begun(conflict);
    case 'remind':
      return reminded(conflict, conflict.turn);
    case 'recur':
      return recurred(conflict, ['TASK-1']);
    case 'pass':
      return passed(conflict, conflict.turn - (act.late ? 1 : 0), now);
    case 'perspective':
      return next(decidePerspective(conflict, idOf(act.who), { statement: 'So.', evidence: [] }, now));
    case 'interests':
      return next(decideInterests(conflict, idOf(act.who), { interests: ['This.'] }, now));
    case 'option':
      return next(decideOption(conflict, idOf(act.who), { title: 'A way', description: 'To go.', serves: [] }, now));
    case 'agree': {
      const option_id = `opt_${act.option}`;
      const decided = decideAgreement(conflict, idOf(act.who), { option_id }, now);
      if (decided.kind === 'refuse') return undefined;
      return decided.complete ? agreedOn(decided.next, option_id, { now, ids }).next : decided.next;
    }
    case 'resolve': {
      const by = people[act.who];
      if (!by) return undefined;
      const given = { decision: 'Thus.', rationale: 'Because.', dissent: [] };
      return next(decideResolution(conflict, by, given, { now, ids }));
    }
  }
}

const idOf = (at: number): string => people[at]?.id ?? '';
const next = (decided: { kind: string; next?: Conflict }): Conflict | undefined => decided.next;

export type Walk = { conflict: Conflict; steps: ConflictStep[]; versions: Conflict[] };

/** A conflict through all that is done to it, an hour between each; its versions, and its steps in their order. */
export function walked(begin: Conflict, all: readonly Act[]): Walk {
  const versions = [begin];
  for (const [at, act] of all.entries()) {
    const found = after(versions.at(-1) ?? begin, act, addSeconds(start, at * 3600));
    if (found) versions.push(found);
  }
  const steps = versions.map(({ step }) => step).filter((step, at, list) => step !== list[at - 1]);
  return { conflict: versions.at(-1) ?? begin, steps, versions };
}
