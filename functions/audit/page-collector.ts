import type { EntryItem } from '../shared/ledger.ts';
import type { Walk } from './walk.ts';

/** What one page may cost, whatever the ledger holds: reads asked of it, entries looked at, bytes given back. */
export type Budget = { reads: number; entries: number; bytes: number };

/** Lambda answers with 6 MB at most, and a body grows when it is escaped. */
export const pageBudget: Budget = { reads: 256, entries: 2_500, bytes: 2_500_000 };

/** Less is not worth a read. */
const leastWanted = 8;

export type Tally = { reads: number };

export type Collected = { items: EntryItem[]; /** Position of the next page, exclusive. */ next: string | undefined };

/**
 * Takes the next page out of a walk. It ends when it is full, when the walk ends, or when its budget is used up; the
 * page may then be short, even empty, and the next one goes on exactly behind what was looked at.
 * @param walkFor gets the function that tells how many entries are still wanted
 * @param tally counts the reads of the walk
 */
export async function collect(
  walkFor: (want: () => number) => Walk,
  page: { limit: number; keeps: (entry: EntryItem) => Promise<boolean> },
  tally: Tally,
  budget: Budget = pageBudget,
): Promise<Collected> {
  const items: EntryItem[] = [];
  let looked = 0;
  let bytes = 0;
  // What was dropped (another action type, not for this reader) tells how much more must be read to find the rest.
  const want = (): number => Math.max(page.limit - items.length, leastWanted) + looked - items.length;
  for await (const step of walkFor(want)) {
    if (step.kind === 'entry') {
      looked += 1;
      if (await page.keeps(step.entry)) {
        items.push(step.entry);
        bytes += Buffer.byteLength(JSON.stringify(step.entry));
      }
    }
    const next = step.kind === 'entry' ? step.entry.id : step.before;
    const spent = tally.reads >= budget.reads || looked >= budget.entries || bytes >= budget.bytes;
    if (items.length >= page.limit || spent) return { items, next };
  }
  return { items, next: undefined };
}
