import { type EntryItem, entryOf } from '../../shared/ledger.ts';
import type { Call } from '../../shared/serve.ts';
import type { evidenceRoutes, LogLine } from '../evidence-contract.ts';
import { keeper } from '../find-entries.ts';
import { hex } from '../merkle.ts';
import { mayRead } from '../model.ts';
import { pageBudget } from '../page-collector.ts';
import type { Holds, Ledger } from '../store.ts';
import type { TreeStore } from '../store-tree.ts';
import { leafTiles, leavesIn } from '../tree-model.ts';

type ReadLog = (typeof evidenceRoutes)['readLog'];
type Deps = { ledger: Pick<Ledger, 'at'>; holds: Pick<Holds, 'active'>; tree: TreeStore };
type Answer = { tree_size: number; items: LogLine[]; next_from?: number };

/** A page of the log, in the order of the leaves, up to the newest checkpoint; in five batched reads. */
export async function readLog(deps: Deps, { query, actor, now }: Call<ReadLog>): Promise<Answer> {
  const tree_size = (await deps.tree.newest())?.size ?? 0;
  const { from } = query;
  const before = Math.min(from + query.limit, tree_size);
  if (from >= before) return { tree_size, items: [] };
  const tree = await deps.tree.head();
  const leaves = leavesIn(tree, await deps.tree.tiles(leafTiles(tree, from, before)), from, before);
  const places = await deps.tree.leaves(leaves.map(({ id }) => id));
  const keys = leaves.flatMap(({ id: sk }, at) => (places[at] ? [{ pk: places[at].entry_pk, sk }] : []));
  const entries = new Map((await deps.ledger.at(keys)).map((item) => [item?.id, item]));
  const kept = keeper(deps.holds, now);
  const isShown = async (item: EntryItem): Promise<boolean> => mayRead(item, actor) && (await kept(item));
  const items: LogLine[] = [];
  let bytes = 0;
  for (const { id, index, hash } of leaves) {
    const item = entries.get(id);
    const entry = item && (await isShown(item)) ? entryOf(item) : null;
    bytes += entry ? Buffer.byteLength(JSON.stringify(entry)) : 0;
    // A page has one line at least, and otherwise no more than Lambda can answer with.
    if (items.length > 0 && bytes > pageBudget.bytes) break;
    items.push({ leaf_index: index, leaf_hash: hex(hash), entry });
  }
  const next = from + items.length;
  return { tree_size, items, ...(next < tree_size ? { next_from: next } : {}) };
}
