import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  heard,
  type Presence,
  type Pulse,
  silence,
  type Standing,
} from '../../../functions/directory/presence-model.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';

const interval = 60;
const start = new Date('2026-11-22T09:00:00.000Z');
const at = (seconds: number): Date => addSeconds(start, seconds);
const from = {
  agent: 'agt_1',
  domain: 'product',
  team: 'checkout',
  report: { load: 10, status: null, note: null },
};

type Known = { pulse: Pulse | undefined; presence: Presence | undefined };
type Step = { wait: number; does: 'beat' | 'sweep'; stands: Standing };

const steps = fc.array(
  fc.record({
    wait: fc.integer({ min: 0, max: 400 }),
    does: fc.constantFrom<Step['does'][]>('beat', 'sweep'),
    stands: fc.oneof(
      { weight: 4, arbitrary: fc.constant<Standing>('acts') },
      { weight: 1, arbitrary: fc.constant<Standing>('stopped') },
    ),
  }),
  { maxLength: 40 },
);

/** One step after the other, with what each transition was decided on. */
function run(all: readonly Step[]) {
  let known: Known = { pulse: undefined, presence: undefined };
  let seconds = 0;
  let lastBeat: number | undefined;
  const transitions: { state: Presence['state']; silentFor: number; version: number }[] = [];
  const pulses: number[] = [];
  for (const { wait, does, stands } of all) {
    seconds += wait;
    const before = known.presence;
    if (does === 'beat') {
      // One that may not act is refused before it is heard.
      if (stands !== 'acts') continue;
      known = heard(known, from, at(seconds), interval);
      lastBeat = seconds;
    } else if (known.pulse) {
      const found = silence({ pulse: known.pulse, presence: known.presence }, stands, at(seconds), interval);
      if (found.kind === 'excused') known = { ...known, pulse: found.pulse };
      if (found.kind === 'unreachable') known = { pulse: found.pulse, presence: found.presence };
    }
    if (known.pulse) pulses.push(known.pulse.version);
    if (known.presence && known.presence !== before) {
      const { state, version } = known.presence;
      transitions.push({ state, version, silentFor: seconds - (lastBeat ?? seconds) });
    }
  }
  return { known, transitions, pulses };
}

describe('presence', () => {
  it('[DIR-4] alternates between reachable and unreachable, each transition a version, whatever comes', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { transitions } = run(all);
        expect(transitions.map(({ version }) => version)).toEqual(transitions.map((_, nth) => nth + 1));
        expect(transitions.map(({ state }) => state)).toEqual(
          transitions.map((_, nth) => (nth % 2 === 0 ? 'reachable' : 'unreachable')),
        );
      }),
    );
  });

  it('[DIR-4] ends only after three whole intervals of silence', () => {
    fc.assert(
      fc.property(steps, (all) => {
        for (const { state, silentFor } of run(all).transitions) {
          if (state === 'unreachable') expect(silentFor).toBeGreaterThanOrEqual(3 * interval);
        }
      }),
    );
  });

  it('[DIR-4] versions a pulse with every renewal, so that one decided on an older one is refused', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { pulses } = run(all);
        for (const [nth, version] of pulses.entries()) {
          const before = pulses[nth - 1] ?? 0;
          expect(version - before).toBeGreaterThanOrEqual(0);
          expect(version - before).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('[DIR-4] does not make an agent older by a heartbeat that a clock behind has handled', () => {
    const first = heard({ pulse: undefined, presence: undefined }, from, at(60), interval);
    const second = heard(first, from, at(0), interval);
    expect(second.pulse).toMatchObject({ seen_at: at(60).toISOString(), version: 2 });
    expect(second.pulse.due_at).toBe(first.pulse.due_at);
  });

  it('[DIR-4] waits for nobody who is gone, and gives the full time to who may act again', () => {
    const known = heard({ pulse: undefined, presence: undefined }, from, start, interval);
    expect(silence(known, 'gone', at(200), interval)).toMatchObject({ kind: 'excused', pulse: { due_at: null } });
    const stopped = silence(known, 'stopped', at(200), interval);
    if (stopped.kind !== 'excused') throw new Error('it is not excused');
    const again = silence({ ...known, pulse: stopped.pulse }, 'acts', at(200 + 900), interval);
    expect(again).toMatchObject({ kind: 'excused', pulse: { excused: false, due_at: at(1100 + 180).toISOString() } });
    if (again.kind !== 'excused') throw new Error('it is not excused');
    expect(silence({ ...known, pulse: again.pulse }, 'acts', at(1100 + 179), interval)).toEqual({ kind: 'none' });
    expect(silence({ ...known, pulse: again.pulse }, 'acts', at(1100 + 180), interval)).toMatchObject({
      kind: 'unreachable',
      presence: { state: 'unreachable', version: 2 },
    });
  });
});
