import type { Change } from '../shared/commit.ts';
import { fact } from '../shared/contract.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import { type Booking, type Window } from './calendar-model.ts';
import { type Holder, type Resource, type ResourceReservation } from './contract.ts';
import { reservationCancelled, reservationMade, reservationRefused, resourceAdded, resourceChanged } from './events.ts';
import { type Day, type Offered, resourceWrites as writes } from './resource-store.ts';

const iso = (millis: number): string => new Date(millis).toISOString();
export const windowOf = ({ from, to }: Pick<ResourceReservation, 'from' | 'to'>): Window => ({
  from: Date.parse(from),
  to: Date.parse(to),
});

const aboutHolder = ({ principal, domain, team }: Holder) => ({ principal_id: principal, domain, team });

const about = ({ resource_id, from, to, amount, task_id, holder, domain }: ResourceReservation) => ({
  resource_id,
  from,
  to,
  amount,
  task_id,
  ...aboutHolder(holder),
  concerns: [...new Set([domain, holder.domain])],
});

const entryOf = (
  reservation: ResourceReservation,
  said: Pick<EntryDraft, 'summary' | 'details' | 'event'>,
): EntryDraft => ({
  action_type: 'execution',
  domain: reservation.domain,
  subject: `reservation/${reservation.id}`,
  sequence: reservation.version,
  related_tasks: reservation.task_id === null ? [] : [reservation.task_id],
  ...said,
});

/** A reservation with its place in every day that it touches. */
export function reserving(offered: Offered, days: readonly Day[], reservation: ResourceReservation): Change {
  const { id, resource_id: resource, amount, from, to } = reservation;
  const booking: Booking = { id, amount, ...windowOf(reservation) };
  return {
    writes: [
      writes.reserve(reservation),
      writes.count(offered),
      ...days.map((day) => writes.day(resource, day, [...day.bookings, booking])),
    ],
    entries: [
      entryOf(reservation, {
        summary: `Reserved ${amount} ${offered.resource.unit} of ${resource}, ${from} to ${to}`,
        details: { decision: 'reserved', reasoning: reservation.purpose, outcome: 'reserved' },
        event: fact(reservationMade, {
          ...about(reservation),
          reservation_id: id,
          dependency_id: reservation.dependency_id,
        }),
      }),
    ],
  };
}

/** @param reservation as it was; what it held in the days that are given is free again */
export function releasing(
  reservation: ResourceReservation,
  days: readonly Day[],
  { by, reason, now }: { by: string; reason: string; now: Date },
): { change: Change; after: ResourceReservation } {
  const { id, version, resource_id: resource } = reservation;
  const end = { state: 'cancelled' as const, cancelled_at: now.toISOString(), cancelled_by: by };
  const after: ResourceReservation = { ...reservation, ...end, version: version + 1 };
  const held = days.filter(({ bookings }) => bookings.some((booking) => booking.id === id));
  const free = held.map((day) =>
    writes.day(
      resource,
      day,
      day.bookings.filter((booking) => booking.id !== id),
    ),
  );
  const event = fact(reservationCancelled, {
    ...about(after),
    reservation_id: id,
    dependency_id: after.dependency_id,
    reason,
  });
  const said = {
    summary: `Gave up ${after.amount} of ${resource}, ${after.from} to ${after.to}`,
    details: { decision: 'cancelled', reasoning: reason, outcome: 'cancelled' },
    event,
  };
  return { after, change: { writes: [writes.cancel(after), ...free], entries: [entryOf(after, said)] } };
}

/** What was asked for, and who stands in the way. */
export type Collision = {
  refusalId: string;
  resource: Resource;
  holder: Holder;
  window: Window;
  amount: number;
  taskId: string | null;
  nextFree: Window | undefined;
  holders: readonly ResourceReservation[];
};

const mostConcerned = 20;

/** The entry of a refusal that is between teams: nothing was changed, but both must be able to settle it. */
export function refusal(collision: Collision): Change {
  const { refusalId, resource, holder, window, amount, taskId, nextFree, holders } = collision;
  const concerned = [resource.domain, holder.domain, ...holders.map((one) => one.holder.domain)];
  const event = fact(reservationRefused, {
    refusal_id: refusalId,
    resource_id: resource.id,
    capacity: resource.capacity,
    from: iso(window.from),
    to: iso(window.to),
    amount,
    task_id: taskId,
    ...aboutHolder(holder),
    next_free_from: nextFree ? iso(nextFree.from) : null,
    holders: holders.map((one) => ({
      reservation_id: one.id,
      ...aboutHolder(one.holder),
      task_id: one.task_id,
      from: one.from,
      to: one.to,
      amount: one.amount,
    })),
    concerns: [...new Set(concerned)].slice(0, mostConcerned),
  });
  const tasks = [taskId, ...holders.map((one) => one.task_id)].filter((id) => id !== null);
  const entry: EntryDraft = {
    action_type: 'execution',
    domain: resource.domain,
    subject: `resource-refusal/${refusalId}`,
    sequence: 1,
    summary: `Refused ${amount} ${resource.unit} of ${resource.id}: others have it`,
    details: { decision: 'refused', outcome: 'ReservationRefused' },
    related_tasks: [...new Set(tasks)],
    event,
  };
  return { writes: [], entries: [entry] };
}

const aboutResource = ({ id, domain, capacity, unit }: Resource) => ({
  resource_id: id,
  domain,
  capacity,
  unit,
  concerns: [domain],
});

const resourceEntry = (resource: Resource, said: Pick<EntryDraft, 'summary' | 'details' | 'event'>): EntryDraft => ({
  action_type: 'execution',
  domain: resource.domain,
  subject: `resource/${resource.id}`,
  sequence: resource.version,
  ...said,
});

export const adding = (resource: Resource): Change => ({
  writes: [writes.add(resource)],
  entries: [
    resourceEntry(resource, {
      summary: `Offers ${resource.capacity} ${resource.unit} of ${resource.name}`,
      details: { decision: 'added' },
      event: fact(resourceAdded, aboutResource(resource)),
    }),
  ],
});

export const changing = (before: Offered, after: Resource): Change => ({
  writes: [writes.change(before, after)],
  entries: [
    resourceEntry(after, {
      summary: `Offers ${after.capacity} ${after.unit} of ${after.name}`,
      details: { decision: 'changed', outcome: `${before.resource.capacity} before` },
      event: fact(resourceChanged, aboutResource(after)),
    }),
  ],
});
