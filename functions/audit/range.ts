import { addSeconds, dayOf } from '../shared/clock.ts';
import { floorId, millisOf } from '../shared/ids.ts';

/** Entries by id, which are in the order of time: from (inclusive) up to before (exclusive). */
export type IdRange = { from: string; before: string };

/** How far back a domain is read when nobody says from when. */
const defaultDays = 90;
const daySeconds = 86_400;

export const dayOfId = (id: string): string => dayOf(new Date(millisOf(id)));

/** Smallest id of a day. */
export const startOf = (day: string): string => floorId(new Date(`${day}T00:00:00.000Z`));

export const dayBefore = (day: string): string => dayOf(addSeconds(new Date(`${day}T00:00:00.000Z`), -daySeconds));

/** Greatest id below the given one: makes an exclusive bound of an inclusive one. */
export function idBefore(id: string): string {
  const hex = (BigInt(`0x${id.replaceAll('-', '')}`) - 1n).toString(16).padStart(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/**
 * Ids that a query is about. Nothing is looked for in the future; without `from`, a domain is read 90 days back, and
 * what has an index of its own to its beginning.
 */
export function rangeOf(
  asked: { from?: string | undefined; to?: string | undefined },
  by: 'agent' | 'domain' | 'subject' | 'task' | 'data_subject',
  now: Date,
): IdRange {
  const present = now.getTime() + 1;
  const to = new Date(Math.min(asked.to === undefined ? present : Date.parse(asked.to), present));
  const earliest = by === 'domain' ? addSeconds(to, -defaultDays * daySeconds) : new Date(0);
  return { from: floorId(asked.from === undefined ? earliest : new Date(asked.from)), before: floorId(to) };
}

export const isEmpty = ({ from, before }: IdRange): boolean => from >= before;
