import { epochSeconds } from '../../shared/clock.ts';
import { millisOf } from '../../shared/ids.ts';
import { type Entry, type EntryItem, entryOf, expiryOf } from '../../shared/ledger.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Call } from '../../shared/serve.ts';
import type { evidenceRoutes, LogLine } from '../evidence-contract.ts';
import { keeper } from '../find-entries.ts';
import { type Hash, hex } from '../merkle.ts';
import { mayRead } from '../model.ts';
import { pageBudget } from '../page-collector.ts';
import type { Holds, Ledger } from '../store.ts';
import type { TreeStore } from '../store-tree.ts';
import { isLeaf, leafTiles, leavesIn } from '../tree-model.ts';

type ReadLog = (typeof evidenceRoutes)['readLog'];
type Deps = { ledger: Pick<Ledger, 'at'>; holds: Pick<Holds, 'active'>; tree: TreeStore };
type Answer = { tree_size: number; items: LogLine[]; next_from?: number };

/**
 * A page of the log, in the order of the leaves, up to the newest checkpoint; in five batched reads.
 * @throws Error when an entry is gone that cannot have expired: its hash alone would pass for one that has
 */
export async function readLog(deps: Deps, { query, actor, now }: Call<ReadLog>): Promise<Answer> {
  const tree_size = (await deps.tree.newest())?.size ?? 0;
  const { from } = query;
  const before = Math.min(from + query.limit, tree_size);
  if (from >= before) return { tree_size, items: [] };
  const tree = await deps.tree.head();
  const leaves = leavesIn(tree, await deps.tree.tiles(leafTiles(tree, from, before)), from, before);
  const places = await deps.tree.leaves(leaves.map(({ id }) => id));
  const keys = leaves.flatMap(({ id: sk }, at) => (places[at] ? [{ pk: places[at].entry_pk, sk }] : []));
  const found = await deps.ledger.at(keys);
  const entries = new Map(keys.map(({ sk }, at) => [sk, found[at]]));
  const kept = keeper(deps.holds, now);
  const items: LogLine[] = [];
  let bytes = 0;
  for (const { id, index, hash } of leaves) {
    const item = entries.get(id);
    if (!item) refuseLoss(id, now);
    const entry = item ? await shown(item, hash, actor, kept) : null;
    bytes += entry ? Buffer.byteLength(JSON.stringify(entry)) : 0;
    // A page has one line at least, and otherwise no more than Lambda can answer with.
    if (items.length > 0 && bytes > pageBudget.bytes) break;
    items.push({ leaf_index: index, leaf_hash: hex(hash), entry });
  }
  const next = from + items.length;
  return { tree_size, items, ...(next < tree_size ? { next_from: next } : {}) };
}

/** What the reader sees of an entry: nothing of one that has expired or is not for him, unless it is not what was sealed. */
async function shown(
  item: EntryItem,
  sealed: Hash,
  actor: Actor,
  kept: (item: EntryItem) => Promise<boolean>,
): Promise<Entry | null> {
  // What was changed may say that it has expired, or is for nobody: it must show, for else nobody would notice.
  if (!isLeaf(item, sealed)) return mayRead(item, actor) ? entryOf(item) : withoutTexts(entryOf(item));
  return mayRead(item, actor) && (await kept(item)) ? entryOf(item) : null;
}

/** Not what was sealed either; a reader who may not read it learns that it was changed, and none of its texts. */
const withoutTexts = (entry: Entry): Entry => ({
  ...entry,
  summary: '[changed after it was sealed]',
  details: { context: '', options_considered: [], decision: '', reasoning: '', outcome: '' },
});

/** The id tells when an entry was written; before the shortest class is over, none expires. */
function refuseLoss(id: string, now: Date): void {
  if (expiryOf(new Date(millisOf(id)), 'standard') <= epochSeconds(now)) return;
  throw new Error(`entry ${id} is missing in the ledger before its time`);
}
