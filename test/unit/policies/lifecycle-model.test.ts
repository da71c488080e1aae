import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivePolicies, PolicyVerdict } from '../../../functions/policies/contract.ts';
import {
  asItBinds,
  decideActivation,
  decideRollback,
  enforcementOf,
  enforcing,
  expired,
  observing,
  pointerTo,
  summaryOf,
} from '../../../functions/policies/lifecycle-model.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';
import { versionOf } from './fixtures.ts';

const now = new Date('2026-11-02T10:00:00.000Z');
const label = (version: number) => versionOf([], version);
const first: ActivePolicies = pointerTo(label(1), undefined, 'orchestra_seed', now);
const second: ActivePolicies = { ...pointerTo(label(2), first, 'hum_a', now) };
const simulated = { simulation_id: 'sim_1', against: 2, finished_at: now.toISOString(), replayed: 10, flips: 0 };
const asked = { before: second, label: label(3), simulated, mandateFault: undefined, by: 'hum_b', now };

describe('an activation', () => {
  it('[POL-4] points at the version, remembers the one before, and keeps the mode', () => {
    const before = observing(second, 5, now);
    expect(decideActivation({ ...asked, before })).toEqual({
      kind: 'do',
      next: {
        version: before.version + 1,
        policy_version: 3,
        digest: label(3).digest,
        activated_at: now.toISOString(),
        activated_by: 'hum_b',
        previous: 2,
        mode: 'observe',
        observe_until: before.observe_until,
      },
    });
  });

  const day = 86_400;
  it.each([
    ['of the version in force', { label: label(2) }, 'AlreadyInForce'],
    ['without a simulation', { simulated: undefined }, 'SimulationMissing'],
    ['simulated against another version', { simulated: { ...simulated, against: 1 } }, 'SimulationMissing'],
    ['simulated a day ago', { now: addSeconds(now, day) }, 'SimulationMissing'],
    ['without a mandate', { mandateFault: 'There is no such decision.' }, 'MandateMissing'],
  ])('[POL-4] %s is refused', (_, over, why) => {
    expect(decideActivation({ ...asked, ...over })).toMatchObject({ kind: 'refuse', why });
  });

  it('[POL-4] may rest on a simulation until it is a day old', () => {
    expect(decideActivation({ ...asked, now: addSeconds(now, day - 1) }).kind).toBe('do');
  });
});

describe('a rollback', () => {
  it('[POL-4] goes back to the version before, and leaves nothing to go back to', () => {
    const ruling = decideRollback(second, label(1), 'hum_c', now);
    expect(ruling).toMatchObject({ kind: 'do', next: { policy_version: 1, previous: null, version: 3 } });
    expect(decideRollback(first, undefined, 'hum_c', now)).toMatchObject({ why: 'NothingToRollBack' });
  });

  it('[POL-4] [AUT-6] brings into force only what was activated before, in any history of changes', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('activate' as const), version: fc.integer({ min: 1, max: 6 }) }),
      fc.constant({ kind: 'roll back' as const }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let pointer = first;
        const approved = new Set([1]);
        for (const one of steps) {
          const at = { before: pointer, simulated: { ...simulated, against: pointer.policy_version } };
          const ruling =
            one.kind === 'activate'
              ? decideActivation({ ...asked, ...at, label: label(one.version) })
              : decideRollback(pointer, pointer.previous === null ? undefined : label(pointer.previous), 'hum_c', now);
          if (ruling.kind === 'refuse') continue;
          if (one.kind === 'activate') approved.add(one.version);
          expect(ruling.next.version).toBe(pointer.version + 1);
          pointer = ruling.next;
          expect(approved.has(pointer.policy_version)).toBe(true);
          // One call undoes one activation; a second has nothing to undo.
          if (one.kind === 'roll back') expect(pointer.previous).toBeNull();
        }
      }),
    );
  });
});

describe('an observation', () => {
  const verdict: PolicyVerdict = {
    effect: 'deny',
    determining: ['p'],
    advice: [],
    errors: [],
    version: 2,
    enforced: true,
  };

  it('[POL-5] holds until its time and not a millisecond longer, whoever looks when', () => {
    const minutes = fc.integer({ min: 1, max: 240 });
    const later = fc.integer({ min: -1_000, max: 20_000_000 });
    fc.assert(
      fc.property(minutes, later, (length, milliseconds) => {
        const pointer = observing(second, length, now);
        const at = new Date(now.getTime() + milliseconds);
        const observes = milliseconds < length * 60_000;
        expect(enforcementOf(pointer, at).mode).toBe(observes ? 'observe' : 'enforce');
        expect(asItBinds(verdict, pointer, at).enforced).toBe(!observes);
        expect(expired(pointer, at)).toEqual(observes ? undefined : enforcing(pointer));
      }),
    );
  });

  it('[POL-2] [POL-5] lets a verdict that could not be reached bind all the same', () => {
    const pointer = observing(second, 5, now);
    expect(asItBinds({ ...verdict, errors: ['broken'] }, pointer, now).enforced).toBe(true);
  });

  it('[POL-5] is over when it was ended, and is not ended twice', () => {
    const pointer = enforcing(observing(second, 5, now));
    expect(enforcementOf(pointer, now)).toEqual({ mode: 'enforce', observe_until: null, policy_version: 2 });
    expect(expired(pointer, addSeconds(now, 100_000))).toBeUndefined();
  });
});

it('[POL-4] tells of each version whether it is in force, or next to be gone back to', () => {
  expect([1, 2, 3].map((version) => summaryOf(label(version), second).state)).toEqual([
    'previous',
    'in_force',
    'stored',
  ]);
});
