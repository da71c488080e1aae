import { type CloudEvent, CloudEvent as Schema, cloudEventOf, eventSource } from '../shared/events.ts';
import type { EntryItem } from '../shared/ledger.ts';

/** One event on its way to a bus; `position` is the sequence number of its stream record. */
export type Outgoing = {
  position: string;
  subject: string;
  bus: string;
  event: CloudEvent;
  /** As EventBridge counts an entry. */
  bytes: number;
};

/** Domain (or `enterprise`) to the name of its bus. */
export type Buses = Readonly<Record<string, string>>;

export type Reading = { kind: 'event'; outgoing: Outgoing[] } | { kind: 'skip' } | { kind: 'poison'; why: string };

/** Most events, and most bytes, of one PutEvents call. */
export const callLimits = { events: 10, bytes: 256 * 1024 } as const;

/**
 * What becomes of an item that was added to the ledger. Only entries are published, and an entry that was put back has
 * been published before. An event goes to the bus of its domain and, when it concerns others, to that of the enterprise.
 * @param buses must hold `enterprise`, which takes the events of a domain that has no bus
 */
export function readItem(item: Record<string, unknown>, position: string, buses: Buses): Reading {
  if (item.kind !== 'entry' || item.restored_at !== undefined) return { kind: 'skip' };
  const event = Schema.safeParse(eventIn(item));
  if (!event.success) {
    const [issue] = event.error.issues;
    return { kind: 'poison', why: `${issue?.path.join('.')}: ${issue?.message}` };
  }
  const { subject, domain, type } = event.data;
  const bytes = [eventSource, type, JSON.stringify(event.data)].reduce(
    (sum, text) => sum + Buffer.byteLength(text),
    14,
  );
  if (bytes > callLimits.bytes) return { kind: 'poison', why: `an event of ${bytes} bytes fits no call` };
  const { enterprise } = buses;
  if (enterprise === undefined) return { kind: 'poison', why: 'the enterprise has no bus' };
  const home = buses[domain] ?? enterprise;
  // EventBridge does not pass on to a third bus what came from another: the first leg of the way is ours.
  const to = new Set(concernsOthers(event.data) ? [home, enterprise] : [home]);
  return { kind: 'event', outgoing: [...to].map((bus) => ({ position, subject, bus, event: event.data, bytes })) };
}

const concernsOthers = ({ domain, data: { concerns } }: CloudEvent): boolean =>
  Array.isArray(concerns) && concerns.some((one) => one !== domain);

/** What was stored may be anything; the schema judges what this makes of it. */
function eventIn(item: Record<string, unknown>): unknown {
  const { event } = item as { event?: Partial<EntryItem['event']> };
  return typeof event?.type === 'string' ? cloudEventOf(item as EntryItem) : {};
}

/**
 * Arranges events into calls that are made one after the other: none has two events of one subject, so an event can
 * be known to be out before the next of its subject is sent. Order within a subject is kept; others may pass each other.
 */
export function planWaves<E extends Pick<Outgoing, 'subject' | 'bytes'>>(events: readonly E[]): E[][] {
  const waves: { events: E[]; bytes: number }[] = [];
  const earliest = new Map<string, number>();
  for (const event of events) {
    const from = earliest.get(event.subject) ?? 0;
    const fits = ({ events: there, bytes }: (typeof waves)[number]): boolean =>
      there.length < callLimits.events && bytes + event.bytes <= callLimits.bytes;
    const found = waves.findIndex((wave, index) => index >= from && fits(wave));
    const at = found === -1 ? waves.length : found;
    const wave = (waves[at] ??= { events: [], bytes: 0 });
    wave.events.push(event);
    wave.bytes += event.bytes;
    earliest.set(event.subject, at + 1);
  }
  return waves.map((wave) => wave.events);
}
