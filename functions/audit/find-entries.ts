import * as z from 'zod';
import { Problem } from '../shared/errors.ts';
import type { EntryItem } from '../shared/ledger.ts';
import type { Cursors } from '../shared/page.ts';
import type { Actor } from '../shared/principal.ts';
import { isExpired, isKept } from './hold-model.ts';
import { type Asked, type EntrySelector, mayRead, select } from './model.ts';
import { collect, type Tally } from './page-collector.ts';
import { type IdRange, rangeOf } from './range.ts';
import type { Holds, Ledger } from './store.ts';
import { domainWalk, indexWalk, type Walk } from './walk.ts';

export type Deps = { ledger: Ledger; holds: Pick<Holds, 'active'>; cursors: Cursors };

export type Search = Asked & {
  action_type?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  limit: number;
  cursor?: string | undefined;
};

const Position = z.strictObject({ before: z.string().regex(/^[0-9a-f-]{36}$/) });

/**
 * One page of entries, newest first, that the reader may see and whose time is not up. Every place is walked in the order
 * of ids and the cursor says below which id to go on, so pages neither overlap nor leave a gap, whatever is added meanwhile.
 * A page costs at most some 256 reads and 2,500 entries looked at; it may be short and still have a next one.
 */
export async function findEntries(
  deps: Deps,
  search: Search,
  actor: Actor,
  now: Date,
): Promise<{ items: EntryItem[]; next_cursor: string | undefined }> {
  const selection = select(search, actor);
  if (selection.kind === 'refuse') throw Problem.titled(selection.why);
  const { selector } = selection;
  const list = ['entries', selector.by, selector.value, search.action_type, search.from, search.to];
  const position = await deps.cursors.open(search.cursor, list, Position);
  const range = { ...rangeOf(search, selector.by, now), ...position };
  const tally: Tally = { reads: 0 };
  const kept = keeper(deps.holds, now);
  const keeps = async (entry: EntryItem): Promise<boolean> =>
    // An answer about a data subject that held something back would be a wrong one.
    (selector.by === 'data_subject' || mayRead(entry, actor)) &&
    (search.action_type === undefined || entry.action_type === search.action_type) &&
    (await kept(entry));
  const walkFor = (want: () => number): Walk => walkOf(deps.ledger, selector, range, tally, want);
  const { items, next } = await collect(walkFor, { limit: search.limit, keeps }, tally);
  return { items, next_cursor: next && (await deps.cursors.seal({ before: next }, list)) };
}

function walkOf(ledger: Ledger, selector: EntrySelector, range: IdRange, tally: Tally, want: () => number): Walk {
  if (selector.by !== 'domain') {
    const read = (within: IdRange, limit: number) => {
      tally.reads += 2;
      return ledger.indexed(selector, within, limit);
    };
    return indexWalk(read, range, want);
  }
  const readShard = (day: string, shard: number, within: IdRange, limit: number) => {
    tally.reads += 1;
    return ledger.ofShard(selector.value, day, shard, within, limit);
  };
  return domainWalk(readShard, ledger.shards, range, want);
}

/** Whether an entry is still to be shown. The holds are read only when an expired entry turns up that DynamoDB has yet to remove. */
export function keeper(holds: Pick<Holds, 'active'>, now: Date): (entry: EntryItem) => Promise<boolean> {
  let active: ReturnType<Holds['active']> | undefined;
  return async (entry) => {
    if (!isExpired(entry, now)) return true;
    active ??= holds.active();
    return isKept(entry, await active, now);
  };
}
