import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PolicyVerdict } from '../../../functions/policies/contract.ts';
import {
  added,
  advanced,
  flipCount,
  isStalled,
  lotsOf,
  noTally,
  type Progress,
  type Recorded,
  replay,
} from '../../../functions/policies/simulation-model.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';
import { aRequest } from './fixtures.ts';

const effects = ['allow', 'deny', 'escalate'] as const;
const now = new Date('2026-11-02T10:00:00.000Z');

const verdictOf = (effect: PolicyVerdict['effect'], version: number, errors: string[] = []): PolicyVerdict => ({
  effect,
  determining: [],
  advice: [],
  errors,
  version,
  enforced: true,
});

type Case = { id: number; from: (typeof effects)[number]; to: (typeof effects)[number]; kept: boolean; other: boolean };

const cases = fc.array(
  fc.record({
    id: fc.nat(),
    from: fc.constantFrom(...effects),
    to: fc.constantFrom(...effects),
    kept: fc.boolean(),
    other: fc.boolean(),
  }),
  { maxLength: 60 },
);

/** The verdict that a case is to have under the version travels in its request, as a number of tokens. */
const recorded = ({ id, from, to, kept, other }: Case): Recorded => ({
  id: `dec_${id}`,
  type: 'tactical_approach',
  proposed_by: 'agt_1',
  proposed_at: now.toISOString(),
  question: kept ? aRequest({ estimate: { tokens: effects.indexOf(to) } }) : undefined,
  policies: verdictOf(from, other ? 1 : 2),
});

const judge = (request: ReturnType<typeof aRequest>): PolicyVerdict =>
  verdictOf(effects[request.context.estimate.tokens] ?? 'deny', 3);

it('[POL-4] finds exactly the flips that comparing one by one finds, and counts each decision once', () => {
  fc.assert(
    fc.property(cases, (all) => {
      const { tally, flips } = replay(all.map(recorded), judge, 2);
      const kept = all.filter((one) => one.kept);
      const flipped = kept.filter(({ from, to }) => from !== to);
      expect(flips.map(({ decision_id, from, to }) => [decision_id, from.effect, to.effect])).toEqual(
        flipped.map(({ id, from, to }) => [`dec_${id}`, from, to]),
      );
      expect(tally.replayed + tally.unreplayable).toBe(all.length);
      expect(tally.replayed).toBe(kept.length);
      expect(tally.of_other_versions).toBe(kept.filter(({ other }) => other).length);
      expect(flipCount(tally)).toBe(flips.length);
    }),
  );
});

it('[POL-4] finds the same by pages, whatever their size', () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 20 }), (all, size) => {
      const whole = replay(all.map(recorded), judge, 2);
      let tally = noTally;
      const flips = [];
      for (let at = 0; at < all.length; at += size) {
        const page = replay(all.slice(at, at + size).map(recorded), judge, 2);
        tally = added(tally, page.tally);
        flips.push(...page.flips);
      }
      expect({ tally, flips }).toEqual(whole);
    }),
  );
});

it('[POL-4] counts what the version cannot evaluate, and decisions that are gone', () => {
  const broken = () => verdictOf('deny', 3, ['broken']);
  const one = recorded({ id: 1, from: 'allow', to: 'allow', kept: true, other: false });
  const { tally, flips } = replay([one, undefined], broken, 2);
  expect(tally).toMatchObject({ replayed: 1, unreplayable: 1, errors: 1 });
  expect(flips).toMatchObject([{ to: { effect: 'deny', errors: ['broken'] } }]);
});

const progress: Progress = {
  version: 1,
  from: 'a',
  before: 'z',
  seen: 90,
  moved_at: now.toISOString(),
  tally: noTally,
};

it('[POL-4] ends with the last page, or when it has seen enough', () => {
  const decisions = Array.from({ length: 10 }, () => undefined);
  const step = (last: number, next: string | undefined) => advanced(progress, { decisions, next }, noTally, last, now);
  expect(step(1_000, 'm')).toMatchObject({ done: false, next: { version: 2, before: 'm', seen: 100 } });
  expect(step(100, 'm').done).toBe(true);
  expect(step(1_000, undefined)).toMatchObject({ done: true, next: { before: 'a' } });
});

it('[POL-4] is given up after half an hour of silence', () => {
  expect(isStalled(progress, addSeconds(now, 1_799))).toBe(false);
  expect(isStalled(progress, addSeconds(now, 1_800))).toBe(true);
});

it('[POL-4] keeps every flip when it writes them in lots', () => {
  const { flips } = replay(
    Array.from({ length: 25 }, (_, id) => recorded({ id, from: 'allow', to: 'deny', kept: true, other: false })),
    judge,
    2,
  );
  expect(lotsOf(flips, 10).map(({ length }) => length)).toEqual([10, 10, 5]);
  expect(lotsOf(flips, 10).flat()).toEqual(flips);
});
