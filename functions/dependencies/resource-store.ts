import * as z from 'zod';
import { addSeconds } from '../shared/clock.ts';
import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { everyItem } from '../shared/every-item.ts';
import type { Booking } from './calendar-model.ts';
import { Resource, ResourceReservation } from './contract.ts';

const calendarOf = (resource: string): string => `dependencies#calendar#${resource}`;

export const resourceKeys = {
  /** P6 One shared resource, and how often it was reserved. */
  resource: (id: string): Key => ({ pk: `dependencies#resource#${id}`, sk: 'resource' }),
  /** P7 Shared resources, by id. */
  resources: (id: string) => ({ gsi1pk: 'dependencies#resources', gsi1sk: id }),
  /** P8 Shared resources of a domain, by id. */
  resourcesOf: (domain: string, id: string) => ({ gsi2pk: `dependencies#resources#${domain}`, gsi2sk: id }),
  /** P9 What is booked of a resource on a UTC day; days in order. */
  day: (resource: string, day: string): Key => ({ pk: calendarOf(resource), sk: day }),
  /** P10 One reservation. */
  reservation: (id: string): Key => ({ pk: `dependencies#reservation#${id}`, sk: 'reservation' }),
  /** P11 Reservations of a resource that stand, by their beginning. Sparse. */
  reservations: (resource: string, from: string) => ({
    gsi1pk: `dependencies#reservations#${resource}`,
    gsi1sk: from,
  }),
} as const;

const longestSeconds = 31 * 86_400;

/** What is booked on a day; `version` 0 where nothing was booked yet. */
export type Day = { day: string; version: number; bookings: Booking[] };
const StoredDay = z.object({
  version: z.int(),
  bookings: z.array(z.object({ id: z.string(), from: z.number(), to: z.number(), amount: z.number() })),
});

/** A resource with how often it was reserved, which no change of it may have missed. */
export type Offered = { resource: Resource; reserved: number };

function offeredFrom(item: Item): Offered {
  const { reserved, ...resource } = bare(item);
  return { resource: Resource.parse(resource), reserved: Number(reserved) };
}
const reservationFrom = (item: Item): ResourceReservation => ResourceReservation.parse(bare(item));
const dayFrom = (day: string, item: Item | undefined): Day =>
  item ? { day, ...StoredDay.parse(item) } : { day, version: 0, bookings: [] };

const standingIn = (table: Table) => ({
  /** Up to `limit` reservations that stand at any time between, by their beginning; fewer may come though there are more. */
  standing: async (
    id: string,
    { from, to, limit, after }: { from: Date; to: Date; limit: number; after: Item | undefined },
  ) => {
    const earliest = addSeconds(from, -longestSeconds).toISOString();
    const { items, last } = await table.query({
      index: 'gsi1',
      partition: ['gsi1pk', resourceKeys.reservations(id, '').gsi1pk],
      sort: { name: 'gsi1sk', from: earliest, to: to.toISOString() },
      limit,
      after,
    });
    const reservations = items.map(reservationFrom).filter((one) => new Date(one.to) > from);
    return { reservations, last };
  },
});

export type Resources = ReturnType<typeof resourceStore>;

/** Questions of the slice about resources and what is reserved of them. */
export const resourceStore = (table: Table) => ({
  offered: async (id: string): Promise<Offered | undefined> => {
    const [item] = await table.getMany([resourceKeys.resource(id)]);
    return item && offeredFrom(item);
  },
  list: async (domain: string | undefined, limit: number, after: Item | undefined) => {
    const question =
      domain === undefined
        ? { index: 'gsi1' as const, partition: ['gsi1pk', resourceKeys.resources('').gsi1pk] as const }
        : { index: 'gsi2' as const, partition: ['gsi2pk', resourceKeys.resourcesOf(domain, '').gsi2pk] as const };
    const { items, last } = await table.query({ ...question, limit, after });
    return { resources: items.map((item) => offeredFrom(item).resource), last };
  },
  /** A resource and some days of its calendar, in one read. */
  calendar: async (id: string, days: readonly string[]): Promise<{ offered: Offered | undefined; days: Day[] }> => {
    const wanted = [resourceKeys.resource(id), ...days.map((day) => resourceKeys.day(id, day))];
    const [item, ...found] = await table.getMany(wanted);
    return { offered: item && offeredFrom(item), days: days.map((day, at) => dayFrom(day, found[at])) };
  },
  /** Everything that is booked from one day to another, both included; a booking stands in each of its days. */
  booked: async (id: string, from: string, to: string): Promise<Booking[]> => {
    const bookings: Booking[] = [];
    const sort = { name: 'sk', from, to };
    for await (const item of everyItem(table, { partition: ['pk', calendarOf(id)], sort })) {
      bookings.push(...StoredDay.parse(item).bookings);
    }
    return bookings;
  },
  reservation: async (id: string): Promise<ResourceReservation | undefined> => {
    const [item] = await table.getMany([resourceKeys.reservation(id)]);
    return item && reservationFrom(item);
  },
  reservations: async (ids: readonly string[]): Promise<ResourceReservation[]> => {
    const items = await table.getMany(ids.map(resourceKeys.reservation));
    return items.flatMap((item) => (item ? [reservationFrom(item)] : []));
  },
  ...standingIn(table),
});

const resourceIndexes = ({ id, domain }: Resource): Item => ({
  ...resourceKeys.resources(id),
  ...resourceKeys.resourcesOf(domain, id),
});

const reservationItem = (reservation: ResourceReservation): Item => ({
  ...reservation,
  ...(reservation.state === 'reserved'
    ? resourceKeys.reservations(reservation.resource_id, `${reservation.from}#${reservation.id}`)
    : {}),
});

export const resourceWrites = {
  add: (resource: Resource): Write => ({
    kind: 'create',
    key: resourceKeys.resource(resource.id),
    item: { ...resource, reserved: 0, ...resourceIndexes(resource) },
  }),
  /** Changes a resource unless it was changed, or reserved once more, since it was read. */
  change: ({ resource, reserved }: Offered, { version, name, capacity, unit, updated_at }: Resource): Write => ({
    kind: 'adjust',
    key: resourceKeys.resource(resource.id),
    set: { version, name, capacity, unit, updated_at },
    where: [
      { path: 'version', is: resource.version },
      { path: 'reserved', is: reserved },
    ],
  }),
  /** Counts a reservation, as long as the resource is as it was read. */
  count: ({ resource }: Offered): Write => ({
    kind: 'adjust',
    key: resourceKeys.resource(resource.id),
    add: { reserved: 1 },
    where: [{ path: 'version', is: resource.version }],
  }),
  /** What is booked on a day from now on, on condition of what was booked when it was read. */
  day: (resource: string, { day, version }: Day, bookings: readonly Booking[]): Write => {
    const key = resourceKeys.day(resource, day);
    const item = { version: version + 1, bookings };
    return version === 0 ? { kind: 'create', key, item } : { kind: 'replace', key, item, version };
  },
  reserve: (reservation: ResourceReservation): Write => ({
    kind: 'create',
    key: resourceKeys.reservation(reservation.id),
    item: reservationItem(reservation),
  }),
  /** @param reservation already carries its next version */
  cancel: (reservation: ResourceReservation): Write => ({
    kind: 'replace',
    key: resourceKeys.reservation(reservation.id),
    item: reservationItem(reservation),
    version: reservation.version - 1,
  }),
} as const;
