import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acknowledged, etaChanged, returned } from '../../../functions/dependencies/model.ts';
import { assess, followed, nextLook, type Sight } from '../../../functions/dependencies/outlook-model.ts';
import type { Dependency } from '../../../functions/dependencies/contract.ts';
import { aDependency, aTask, at, iso } from './fixtures.ts';

const sightOf = (on: Parameters<typeof aTask>[1] = {}): Sight => ({
  task: aTask('TASK-A', { state: 'blocked' }),
  on: aTask('TASK-B', { estimate_minutes: 60, ...on }),
});
const queued = sightOf();
const by = 'agt_2';
const tracked = (eta: number, now: number): Dependency => {
  const decision = acknowledged(aDependency(), at(eta), { by, now: at(now) });
  if (decision.kind === 'refuse') throw new Error(decision.detail);
  return decision.step.after;
};

describe('the outlook', () => {
  it('[DEP-3] of a task that nobody has begun turns when it could not be done in time any more', () => {
    const dependency = aDependency();
    expect(assess(dependency, queued, at(540))).toBeUndefined();
    expect(nextLook(dependency, queued, at(1))).toEqual(new Date(at(540).getTime() + 1));
    const step = assess(dependency, queued, new Date(at(540).getTime() + 1));
    expect(step).toMatchObject({
      what: 'at_risk',
      after: { state: 'at_risk', alert: { cause: 'predicted', basis: '60' } },
    });
    // Found again, it is nothing new; and the next that can happen is that it is late.
    expect(step && assess(step.after, queued, at(560))).toBeUndefined();
    expect(step && nextLook(step.after, queued, at(560))).toEqual(at(600));
    expect(step && assess(step.after, queued, at(600))).toMatchObject({ what: 'delayed' });
  });

  it('[DEP-3] of a task that was begun in time is good as long as its estimate says so', () => {
    const held = { agent: 'agt_2', token: 1, claimed_at: iso(530) };
    const begun = sightOf({ state: 'running', started_at: iso(530), holding: held });
    expect(assess(aDependency(), begun, at(580))).toBeUndefined();
    expect(nextLook(aDependency(), begun, at(580))).toEqual(at(600));
    const late = sightOf({ state: 'claimed', started_at: iso(550), holding: { ...held, claimed_at: iso(550) } });
    expect(assess(aDependency(), late, at(551))).toMatchObject({ after: { alert: { expected_at: iso(610) } } });
  });

  it.each(['failed', 'cancelled'] as const)('[DEP-3] of a task that was %s is bad at once', (state) => {
    const sight = sightOf({ state, ended_at: iso(5) });
    expect(assess(aDependency(), sight, at(6))).toMatchObject({
      what: 'at_risk',
      after: { alert: { cause: `task_${state}` } },
    });
  });

  it('[DEP-3] turns with an ETA that is too late, and back with one that is not', () => {
    const late = etaChanged(tracked(300, 10), at(700), 'Harder.', { by, now: at(20) });
    if (late.kind === 'refuse') throw new Error(late.detail);
    const steps = followed(late.step, queued, at(20));
    expect(steps.map(({ what }) => what)).toEqual(['eta_changed', 'at_risk']);
    const risky = steps.at(-1)?.after ?? tracked(1, 1);
    expect(risky).toMatchObject({ state: 'at_risk', version: 5, alert: { cause: 'eta_late', basis: iso(700) } });
    const later = etaChanged(risky, at(720), 'Harder still.', { by, now: at(30) });
    if (later.kind === 'refuse') throw new Error(later.detail);
    expect(followed(later.step, queued, at(30)).map(({ what }) => what)).toEqual(['eta_changed', 'at_risk']);
    const back = etaChanged(risky, at(590), 'Easier.', { by, now: at(30) });
    if (back.kind === 'refuse') throw new Error(back.detail);
    const recovered = followed(back.step, queued, at(30));
    expect(recovered.map(({ what }) => what)).toEqual(['eta_changed', 'recovered']);
    expect(recovered.at(-1)?.after).toMatchObject({ state: 'tracked', alert: null });
  });

  it('[DEP-3] turns when an ETA has passed and nothing came', () => {
    const dependency = tracked(300, 10);
    expect(nextLook(dependency, queued, at(10))).toEqual(at(300));
    expect(assess(dependency, queued, at(300))).toMatchObject({ after: { alert: { cause: 'eta_passed' } } });
  });

  it('[DEP-3] believes an ETA that was given when the estimate said otherwise already', () => {
    const dependency = tracked(590, 580);
    expect(assess(dependency, queued, at(581))).toBeUndefined();
    expect(assess(tracked(590, 500), queued, at(581))).toMatchObject({ after: { alert: { cause: 'predicted' } } });
  });

  it('[DEP-1] hands over what the task has done, but not what was refused already', () => {
    const done = sightOf({ state: 'done', ended_at: iso(50), result: 'Built.', worked_by: 'agt_9' });
    const step = assess(aDependency({ state: 'registered', notified_at: null }), done, at(51));
    expect(step).toMatchObject({ what: 'resolved', after: { delivered: 'Built.', resolved_by: 'agt_9' } });
    const back = step && returned(step.after, 'The test is red.', { by, now: at(60) });
    if (back?.kind !== 'step') throw new Error('it was not sent back');
    expect(assess(back.step.after, done, at(61))).toBeUndefined();
    expect(assess(back.step.after, done, at(600))).toMatchObject({ what: 'delayed' });
    const again = sightOf({ state: 'done', ended_at: iso(70), result: 'Mended.' });
    expect(assess(back.step.after, again, at(71))).toMatchObject({ what: 'resolved' });
  });

  it('[DEP-3] is looked at whenever time alone changes it, and no step is found in between', () => {
    const given = fc.record({
      estimate: fc.integer({ min: 1, max: 700 }),
      eta: fc.option(fc.integer({ min: 11, max: 900 })),
      said: fc.integer({ min: 0, max: 10 }),
      begun: fc.option(fc.integer({ min: 0, max: 10 })),
      between: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    });
    fc.assert(
      fc.property(given, ({ estimate, eta, said, begun, between }) => {
        const held = begun === null ? {} : { state: 'running' as const, started_at: iso(begun) };
        const sight = sightOf({ estimate_minutes: estimate, ...held });
        let dependency = eta === null ? aDependency() : tracked(eta, said);
        let now = at(10);
        const told: string[] = [];
        for (let round = 0; round < 8 && dependency.delayed_at === null; round += 1) {
          const step = assess(dependency, sight, now);
          if (step) {
            told.push(`${step.what} ${step.after.alert?.cause} ${step.after.alert?.basis}`);
            // Whatever is foreseen is told before it is too late.
            if (step.what === 'at_risk') expect(now.getTime()).toBeLessThan(Date.parse(dependency.needed_by));
            dependency = step.after;
          }
          const look = nextLook(dependency, sight, now);
          if (!look) break;
          expect(look.getTime()).toBeGreaterThan(now.getTime());
          const sooner = new Date(now.getTime() + Math.floor((look.getTime() - now.getTime()) * between));
          expect(assess(dependency, sight, sooner)).toBeUndefined();
          now = look;
        }
        expect(dependency.delayed_at).toBe(iso(600));
        expect(new Set(told).size).toBe(told.length);
      }),
      { numRuns: 1_000 },
    );
  });
});
