import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Booking,
  dayMillis,
  daysOf,
  eachOnce,
  firstFree,
  peak,
} from '../../../functions/dependencies/calendar-model.ts';

const horizon = 40;
const bookings = fc.array(
  fc
    .record({
      from: fc.nat(horizon - 1),
      length: fc.integer({ min: 1, max: 8 }),
      amount: fc.integer({ min: 1, max: 4 }),
    })
    .map(({ from, length, amount }) => ({ from, to: from + length, amount })),
  { maxLength: 15 },
);
const named = (all: readonly Omit<Booking, 'id'>[]): Booking[] => all.map((one, n) => ({ ...one, id: `rsv_${n}` }));
const window = fc
  .record({ from: fc.nat(horizon), length: fc.integer({ min: 1, max: 10 }) })
  .map(({ from, length }) => ({ from, to: from + length }));

/** What is booked at every instant, the obvious way: the times are whole numbers. */
const at = (all: readonly Booking[], time: number): number =>
  all.filter(({ from, to }) => from <= time && time < to).reduce((sum, { amount }) => sum + amount, 0);
const most = (all: readonly Booking[], { from, to }: { from: number; to: number }): number =>
  Math.max(...Array.from({ length: to - from }, (_, n) => at(all, from + n)));

describe('a calendar', () => {
  it('[DEP-4] knows the most that is booked at any time of a window', () => {
    fc.assert(
      fc.property(bookings, window, (given, asked) => {
        const all = named(given);
        expect(peak(all, asked)).toBe(most(all, asked));
      }),
      { numRuns: 2_000 },
    );
  });

  it('[DEP-4] finds the first time at which an amount is free for as long as asked, and no earlier one is', () => {
    const asked = fc.record({
      window,
      amount: fc.integer({ min: 1, max: 4 }),
      capacity: fc.integer({ min: 4, max: 9 }),
    });
    fc.assert(
      fc.property(bookings, asked, (given, { window: { from, to }, amount, capacity }) => {
        const all = named(given);
        const length = to - from;
        const fits = (start: number): boolean => most(all, { from: start, to: start + length }) + amount <= capacity;
        const until = horizon + 30;
        const starts = Array.from({ length: until - length - from + 1 }, (_, n) => from + n);
        expect(firstFree(all, { from, length, amount, capacity, until })).toBe(starts.find(fits));
      }),
      { numRuns: 2_000 },
    );
  });

  it('[DEP-4] promises nothing beyond what it knows', () => {
    const [taken] = named([{ from: 0, to: 30, amount: 1 }]) as [Booking];
    const asked = { from: 0, length: 10, amount: 1, capacity: 1 };
    expect(firstFree([taken], { ...asked, until: 40 })).toBe(30);
    expect(firstFree([taken], { ...asked, until: 39 })).toBeUndefined();
  });

  it('[DEP-4] puts a booking into every UTC day that it touches, and counts it once', () => {
    const noon = Date.parse('2026-11-22T12:00:00Z');
    expect(daysOf({ from: noon, to: noon + dayMillis })).toEqual(['2026-11-22', '2026-11-23']);
    const midnight = Date.parse('2026-11-23T00:00:00Z');
    expect(daysOf({ from: noon, to: midnight })).toEqual(['2026-11-22']);
    expect(daysOf({ from: noon, to: noon + 31 * dayMillis })).toHaveLength(32);
    const booking = { id: 'rsv_1', from: noon, to: noon + dayMillis, amount: 2 };
    expect(peak(eachOnce([booking, { ...booking }]), booking)).toBe(2);
  });
});
