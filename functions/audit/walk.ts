import type { EntryItem } from '../shared/ledger.ts';
import { dayBefore, dayOfId, idBefore, type IdRange, isEmpty, startOf } from './range.ts';

/** Entries of one place, newest first; `last` is the lowest id looked at, and absent when there is nothing below it. */
export type Found = { items: EntryItem[]; last: string | undefined };

/** Reads one place of the ledger: at most `limit` entries of the range, newest first. */
export type Read = (range: IdRange, limit: number) => Promise<Found>;
export type ReadShard = (day: string, shard: number, range: IdRange, limit: number) => Promise<Found>;

/** An entry; or the news that everything from an id upwards has been seen. */
export type Step = { kind: 'entry'; entry: EntryItem } | { kind: 'passed'; before: string };
export type Walk = AsyncGenerator<Step, void, undefined>;

/** Walks what an index holds. `want` says how many entries the page still needs. */
export async function* indexWalk(read: Read, range: IdRange, want: () => number): Walk {
  let { before } = range;
  while (!isEmpty({ from: range.from, before })) {
    const { items, last } = await read({ from: range.from, before }, want());
    for (const entry of items) yield { kind: 'entry', entry };
    if (last === undefined) return;
    before = last;
    yield { kind: 'passed', before };
  }
}

/** Most days that are looked at together where entries are sparse. */
const widestSpan = 4;

/**
 * Walks a domain: day by day backwards, and within a day a merge over its shards. The first reads ask each shard for its
 * share of the page; only shards that run dry are asked again. While days turn out to be nearly empty, several are read
 * at a time.
 */
export async function* domainWalk(read: ReadShard, shards: number, range: IdRange, want: () => number): Walk {
  if (isEmpty(range)) return;
  const first = dayOfId(range.from);
  let day = dayOfId(idBefore(range.before));
  for (let span = 1; day >= first; span = Math.min(span * 2, widestSpan)) {
    const days = daysBack(day, span, first);
    const lanes = days.map((one) => Array.from({ length: shards }, (_, shard) => lane(one, shard, range)));
    const share = Math.ceil(want() / (shards * days.length)) + 1;
    await Promise.all(lanes.flat().map((one) => fill(one, read, range, share)));
    for (const [index, one] of days.entries()) {
      yield* merged(lanes[index] ?? [], read, range, want);
      yield { kind: 'passed', before: startOf(one) };
      day = dayBefore(one);
    }
  }
}

function daysBack(from: string, count: number, first: string): string[] {
  const days: string[] = [];
  for (let day = from; day >= first && days.length < count; day = dayBefore(day)) days.push(day);
  return days;
}

/** One shard of one day: what was read and not given yet, and below which id the unread begins. */
type Lane = { day: string; shard: number; ahead: EntryItem[]; below: string | undefined };

const lane = (day: string, shard: number, { before }: IdRange): Lane => ({ day, shard, ahead: [], below: before });

async function fill(one: Lane, read: ReadShard, { from }: IdRange, limit: number): Promise<void> {
  if (one.below === undefined) return;
  const found = await read(one.day, one.shard, { from, before: one.below }, limit);
  one.ahead = found.items;
  one.below = found.last;
}

async function* merged(lanes: readonly Lane[], read: ReadShard, range: IdRange, want: () => number): Walk {
  for (;;) {
    // Until every open shard shows its next entry, nobody knows which one is the newest.
    const dry = lanes.filter((one) => one.ahead.length === 0 && one.below !== undefined);
    if (dry.length > 0) {
      const open = lanes.filter((one) => one.ahead.length > 0 || one.below !== undefined);
      const share = Math.ceil(want() / open.length) + 1;
      await Promise.all(dry.map((one) => fill(one, read, range, share)));
      continue;
    }
    const entry = takeNewest(lanes);
    if (!entry) return;
    yield { kind: 'entry', entry };
  }
}

function takeNewest(lanes: readonly Lane[]): EntryItem | undefined {
  let newest: Lane | undefined;
  for (const one of lanes) {
    const [head] = one.ahead;
    if (head && (!newest?.ahead[0] || head.id > newest.ahead[0].id)) newest = one;
  }
  return newest?.ahead.shift();
}
