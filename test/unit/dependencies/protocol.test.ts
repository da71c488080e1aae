import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dependency } from '../../../functions/dependencies/contract.ts';
import {
  acknowledged,
  confirmed,
  type Decision,
  etaChanged,
  notified,
  resolved,
  returned,
  withdrawn,
} from '../../../functions/dependencies/model.ts';
import { due } from '../../../functions/dependencies/operations/follow-dependency.ts';
import { followed } from '../../../functions/dependencies/outlook-model.ts';
import { aDependency, aTask, at, iso } from './fixtures.ts';

const sight = { task: aTask('TASK-A', { state: 'blocked' }), on: aTask('TASK-B') };
const registered = aDependency({ version: 1, state: 'registered', notified_at: null });

type Move = (dependency: Dependency, now: Date) => Decision;
const [mine, theirs] = ['agt_1', 'agt_2'];
const moves: Readonly<Record<string, Move>> = {
  acknowledge: (one, now) => acknowledged(one, new Date(now.getTime() + 9e5), { by: theirs, now }),
  eta: (one, now) => etaChanged(one, new Date(now.getTime() + 6e6), 'Later.', { by: theirs, now }),
  resolve: (one, now) => resolved(one, 'There.', { by: theirs, now }),
  confirm: (one, now) => confirmed(one, { by: mine, now }),
  confirmOwn: (one, now) => confirmed(one, { by: theirs, now }),
  refuse: (one, now) => returned(one, 'No.', { by: mine, now }),
  withdraw: (one, now) => withdrawn(one, 'Enough.', { by: mine, now }),
};

describe('the protocol', () => {
  it('[DEP-1] has no order of requests in which a step comes before the one that it needs', () => {
    const steps = fc.array(
      fc.tuple(fc.constantFrom(...Object.keys(moves), 'clock'), fc.integer({ min: 1, max: 120 })),
      {
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(steps, (given) => {
        let [dependency, minutes]: [Dependency, number] = [registered, 0];
        const happened: string[] = [];
        for (const [name, later] of given) {
          minutes += later;
          const now = at(minutes);
          const decision = moves[name]?.(dependency, now);
          if (decision?.kind === 'refuse') continue;
          const all = decision ? followed(decision.step, sight, now) : due(dependency, sight, now);
          for (const { what, after } of all) {
            expect(after.version).toBe(dependency.version + 1);
            dependency = after;
            happened.push(what);
          }
          const { notified_at, tracked_at, resolved_at, ended_at, state } = dependency;
          if (tracked_at !== null) expect(notified_at).not.toBeNull();
          if (resolved_at !== null) expect(tracked_at).not.toBeNull();
          if (state === 'confirmed') expect(dependency.resolved_by).toBe(theirs);
          expect(ended_at !== null).toBe(state === 'confirmed' || state === 'withdrawn');
        }
        const count = (what: string) => happened.filter((one) => one === what).length;
        for (const once of ['notified', 'tracked', 'delayed', 'confirmed', 'withdrawn'])
          expect(count(once)).toBeLessThan(2);
        expect(count('resolved') - count('returned')).toBeLessThan(2);
        if (dependency.ended_at !== null) expect(due(dependency, sight, at(9_999))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('[DEP-1] a reservation is its own acknowledgement, and hands over when its time begins', () => {
    const booking = { resource_id: 'gpu', reservation_id: 'rsv_1', from: iso(60), to: iso(120), amount: 1 };
    const dependency = { ...registered, type: 'resource' as const, on: null, booking, needed_by: iso(60) };
    const there = { task: sight.task, on: undefined };
    const steps = due(dependency, there, at(1));
    expect(steps.map(({ what }) => what)).toEqual(['notified', 'tracked']);
    const last = steps.at(-1)?.after ?? dependency;
    expect(last).toMatchObject({ state: 'tracked', eta: iso(60), version: 3 });
    expect(due(last, there, at(59))).toEqual([]);
    expect(due(last, there, at(60))).toMatchObject([{ what: 'resolved' }]);
  });

  it('[DEP-1] tells nobody twice', () => {
    const [told] = notified(registered, { by: 'x', now: at(1) });
    expect(told && notified(told.after, { by: 'x', now: at(2) })).toEqual([]);
  });

  it('[DEP-1] withdraws what a task needs that is over, also what waits to be confirmed', () => {
    for (const state of ['notified', 'resolved'] as const) {
      const cancelled = { task: aTask('TASK-A', { state: 'cancelled' }), on: sight.on };
      expect(due(aDependency({ state }), cancelled, at(3))).toMatchObject([{ what: 'withdrawn' }]);
    }
  });
});
