import type { EntryItem } from '../shared/ledger.ts';
import { type Budget, collect, type Collected } from './page-collector.ts';
import type { IdRange } from './range.ts';
import type { Ledger } from './store.ts';
import { domainWalk } from './walk.ts';

/** For a function that works through the ledger by itself and answers to nobody who waits. */
const budget: Budget = { reads: 1_024, entries: 5_000, bytes: 8_000_000 };

/** The entries of several domains together, newest first, a page at a time; a page may be short and have a next one. */
export const newestEntries =
  (ledger: Pick<Ledger, 'shards' | 'ofShard'>, domains: readonly string[]) =>
  (range: IdRange, limit: number, keeps: (entry: EntryItem) => boolean): Promise<Collected> => {
    const tally = { reads: 0 };
    // A shard of a domain is a lane of the walk, whichever domain it is of.
    const lanes = domains.flatMap((domain) => Array.from({ length: ledger.shards }, (_, shard) => ({ domain, shard })));
    const read = (day: string, lane: number, within: IdRange, most: number) => {
      const { domain, shard } = lanes[lane] as (typeof lanes)[number];
      tally.reads += 1;
      return ledger.ofShard(domain, day, shard, within, most);
    };
    const page = { limit, keeps: async (entry: EntryItem) => keeps(entry) };
    return collect((want) => domainWalk(read, lanes.length, range, want), page, tally, budget);
  };
