import { dayOf } from '../shared/clock.ts';

/** A reservation as it stands in the calendar; times in milliseconds since the epoch, the end exclusive. */
export type Booking = { id: string; from: number; to: number; amount: number };
export type Window = { from: number; to: number };

/** Most bookings of one day: what fits its item, and 32 such days one transaction. */
export const mostPerDay = 1_000;
export const dayMillis = 86_400_000;

/** UTC days that a window touches. */
export function daysOf({ from, to }: Window): string[] {
  const days: string[] = [];
  for (let at = Math.floor(from / dayMillis) * dayMillis; at < to; at += dayMillis) days.push(dayOf(new Date(at)));
  return days;
}

/** Bookings of several days, each once, though it stands in every day that it touches. */
export const eachOnce = (bookings: readonly Booking[]): Booking[] => [
  ...new Map(bookings.map((booking) => [booking.id, booking])).values(),
];

export const overlapping = (bookings: readonly Booking[], { from, to }: Window): Booking[] =>
  bookings.filter((booking) => booking.from < to && booking.to > from);

/** Times at which what is booked changes, in order, and how much is booked from then on. */
function levels(bookings: readonly Booking[]): [at: number, booked: number][] {
  const moves = new Map<number, number>();
  const move = (at: number, by: number): void => void moves.set(at, (moves.get(at) ?? 0) + by);
  for (const { from, to, amount } of bookings) {
    move(from, amount);
    move(to, -amount);
  }
  let booked = 0;
  return [...moves].sort(([a], [b]) => a - b).map(([at, by]) => [at, (booked += by)]);
}

/** The most that is booked at any time of a window. */
export function peak(bookings: readonly Booking[], window: Window): number {
  const most = levels(overlapping(bookings, window));
  // What began before the window counts from its beginning on, which is where the level before it reaches.
  const before = most.findLast(([at]) => at <= window.from)?.[1] ?? 0;
  return Math.max(before, 0, ...most.filter(([at]) => at > window.from && at < window.to).map(([, booked]) => booked));
}

/**
 * The first time from which an amount is free for as long as asked.
 * @param asked.until where the bookings that are known end; what would reach beyond is not promised
 */
export function firstFree(
  bookings: readonly Booking[],
  asked: { from: number; length: number; amount: number; capacity: number; until: number },
): number | undefined {
  const room = asked.capacity - asked.amount;
  let start: number | undefined = asked.from;
  for (const [at, booked] of levels(bookings)) {
    if (start !== undefined && at - start >= asked.length) break;
    start = booked > room ? undefined : (start ?? Math.max(at, asked.from));
  }
  return start !== undefined && start + asked.length <= asked.until ? start : undefined;
}
