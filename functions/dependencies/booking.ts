import { addSeconds, dayOf } from '../shared/clock.ts';
import type { Change } from '../shared/commit.ts';
import { Problem } from '../shared/errors.ts';
import { newIdOf } from '../shared/ids.ts';
import type { Trace } from '../shared/trace.ts';
import {
  dayMillis,
  daysOf,
  eachOnce,
  firstFree,
  mostPerDay,
  overlapping,
  peak,
  type Window,
} from './calendar-model.ts';
import type { Holder, Resource, ResourceReservation } from './contract.ts';
import { invalid } from './faults.ts';
import type { Deps } from './ports.ts';
import { refusal, releasing, reserving, windowOf } from './reservations.ts';
import type { Offered } from './resource-store.ts';

/** What somebody wants of a resource. */
export type Wanted = {
  resourceId: string;
  holder: Holder;
  from: string;
  to: string;
  amount: number;
  taskId: string | null;
  purpose: string;
  dependencyId: string | null;
};
type Moment = { now: Date; trace: Trace; by: string };

/** A request may come a moment after the time that it names as now. */
const graceMillis = 60_000;
const longestMillis = 31 * dayMillis;
const furthestMillis = 366 * dayMillis;
/** How far ahead a free time is looked for. */
const searchedMillis = 92 * dayMillis;
const mostHolders = 20;

/** How often a reservation is planned anew: of many that come at once, each may be the one that is first. */
export const bookingAttempts = 60;

/**
 * Plans a reservation, on what is booked now.
 * @throws Problem `ReservationRefused` when it does not fit; where another team stands in the way, that is recorded first
 */
export async function booked(
  deps: Pick<Deps, 'resources' | 'commit'>,
  wanted: Wanted,
  moment: Moment,
): Promise<{ reservation: ResourceReservation; change: Change; resource: Resource }> {
  const window = windowOf(wanted);
  requireWindow(window, moment.now);
  const { offered, days } = await deps.resources.calendar(wanted.resourceId, daysOf(window));
  if (!offered) throw new Problem('NotFound', `There is no resource ${wanted.resourceId}.`);
  const { resource } = offered;
  if (wanted.amount > resource.capacity)
    throw invalid('amount', `There are ${resource.capacity} ${resource.unit} in all.`);
  const bookings = eachOnce(days.flatMap((day) => day.bookings));
  const fits = peak(bookings, window) + wanted.amount <= resource.capacity;
  if (!fits) return refuse(deps, { wanted, offered, window }, moment);
  const full = days.find((day) => day.bookings.length >= mostPerDay);
  if (full) throw new Problem('ReservationRefused', `${full.day} has ${mostPerDay} reservations, which is the most.`);
  const reservation = reservationOf(wanted, resource, moment.now);
  return { reservation, change: reserving(offered, days, reservation), resource };
}

function requireWindow({ from, to }: Window, now: Date): void {
  if (to <= from) throw invalid('to', 'It must be after `from`.');
  if (to - from > longestMillis) throw invalid('to', 'A reservation lasts 31 days at most.');
  if (from < now.getTime() - graceMillis) throw invalid('from', 'It lies in the past.');
  if (from > now.getTime() + furthestMillis) throw invalid('from', 'It lies more than a year ahead.');
}

const reservationOf = (wanted: Wanted, resource: Resource, now: Date): ResourceReservation => ({
  id: newIdOf('rsv'),
  version: 1,
  state: 'reserved',
  resource_id: resource.id,
  domain: resource.domain,
  holder: wanted.holder,
  from: new Date(wanted.from).toISOString(),
  to: new Date(wanted.to).toISOString(),
  amount: wanted.amount,
  task_id: wanted.taskId,
  purpose: wanted.purpose,
  dependency_id: wanted.dependencyId,
  reserved_at: now.toISOString(),
  cancelled_at: null,
  cancelled_by: null,
});

type Refused = { wanted: Wanted; offered: Offered; window: Window };

async function refuse(
  { resources, commit }: Pick<Deps, 'resources' | 'commit'>,
  { wanted, offered: { resource }, window }: Refused,
  { now, trace, by }: Moment,
): Promise<never> {
  const until = Math.floor((window.from + searchedMillis) / dayMillis + 1) * dayMillis;
  const all = eachOnce(await resources.booked(resource.id, dayOf(new Date(window.from)), dayOf(new Date(until - 1))));
  const length = window.to - window.from;
  const { amount } = wanted;
  const from = firstFree(all, { from: window.from, length, amount, capacity: resource.capacity, until });
  const nextFree = from === undefined ? undefined : { from, to: from + length };
  const largest = overlapping(all, window).toSorted((a, b) => b.amount - a.amount);
  const holders = await resources.reservations(largest.slice(0, mostHolders).map(({ id }) => id));
  const { team, principal } = wanted.holder;
  const isOther = ({ holder }: ResourceReservation): boolean =>
    holder.team === null ? holder.principal !== principal : holder.team !== team;
  if (holders.some(isOther)) {
    const about = { resource, holder: wanted.holder, window, amount, taskId: wanted.taskId, nextFree, holders };
    await commit(refusal({ refusalId: newIdOf('rfs'), ...about }), { actor: by, now, trace });
  }
  throw refusedProblem(resource, amount, nextFree);
}

function refusedProblem(resource: Resource, amount: number, nextFree: Window | undefined): Problem {
  const next = nextFree && { from: new Date(nextFree.from).toISOString(), to: new Date(nextFree.to).toISOString() };
  const when = next ? `is next free from ${next.from} to ${next.to}` : 'is not free for so long within three months';
  const detail = `${amount} of ${resource.capacity} ${resource.unit} of ${resource.id} ${when}.`;
  return new Problem('ReservationRefused', detail, { members: { next_free: next ?? null } });
}

/** Whether a reservation holds anything still. */
export const isStanding = ({ state, to }: ResourceReservation, now: Date): boolean =>
  state === 'reserved' && new Date(to) > now;

/** A reservation as it is told of. */
export const shown = (reservation: ResourceReservation, now: Date): ResourceReservation =>
  reservation.state === 'reserved' && !isStanding(reservation, now) ? { ...reservation, state: 'over' } : reservation;

/** What gives a reservation up, with what is booked on its days as it is now. */
export async function released(
  { resources }: Pick<Deps, 'resources'>,
  reservation: ResourceReservation,
  why: { by: string; reason: string; now: Date },
): Promise<{ change: Change; after: ResourceReservation }> {
  const { days } = await resources.calendar(reservation.resource_id, daysOf(windowOf(reservation)));
  return releasing(reservation, days, why);
}

/** The day of a booking may be there by now, though it was not when it was read: then it is planned anew. */
export const dayCameFirst = 'Another reservation was first; try again.';

/** The earliest day whose bookings matter now. */
export const today = (now: Date): string => dayOf(now);
/** The last day on which something may be booked. */
export const lastDay = (now: Date): string => dayOf(addSeconds(now, (furthestMillis + longestMillis) / 1000 + 86_400));
