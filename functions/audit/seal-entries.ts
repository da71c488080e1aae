import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../shared/clock.ts';
import type { Commit } from '../shared/commit.ts';
import { Problem, type ProblemCode } from '../shared/errors.ts';
import type { EntryItem } from '../shared/ledger.ts';
import { count, logger } from '../shared/telemetry.ts';
import { continueTrace } from '../shared/trace.ts';
import { type Leaf, type TreeStore, treeWrites } from './store-tree.ts';
import { grow, isLeaf, leafOf } from './tree-model.ts';

export type SealDeps = { tree: Pick<TreeStore, 'headAndLeaves'>; commit: Commit; now: Clock };

/** Seals entries, each once; answers those that had no leaf before. */
export type Seal = (items: readonly EntryItem[]) => Promise<EntryItem[]>;

/** Actor of what keeps the tree; it never shows, as the tree follows the ledger and has no entries of its own. */
export const sealerActor = 'orchestra_sealer';

/** Leaves of one transaction of at most a hundred members: these, the head, and the tiles that they can fill. */
const chunkSize = 80;
const attempts = 12;
const longestPause = 400;

/** What several writers of one tree meet, and what passes when they read again. */
const contended: ReadonlySet<ProblemCode> = new Set([
  'AlreadyExists',
  'VersionConflict',
  'RequestInFlight',
  'Overloaded',
]);

/**
 * Adds entries to the Merkle tree. The head of the tree and the leaf of an entry are written in one transaction, the head
 * at the version that was read and the leaf only where there is none: a replay finds its leaves and adds nothing, and
 * of two writers at once one reads again.
 * @throws Problem of the last attempt when others were quicker every time
 */
export const sealer =
  (deps: SealDeps): Seal =>
  async (items) => {
    const unique = [...new Map(items.map((item) => [item.id, item])).values()];
    const sealed: EntryItem[] = [];
    for (let at = 0; at < unique.length; at += chunkSize) {
      sealed.push(...(await sealChunk(deps, unique.slice(at, at + chunkSize))));
    }
    return sealed;
  };

/** Whether an entry has no leaf yet. One that is not what its leaf is the hash of was written by nobody who may. */
function isFresh(item: EntryItem, leaf: Leaf | undefined): boolean {
  if (leaf && !isLeaf(item, leaf.hash)) {
    count('LedgerTampered', 1);
    logger.error('entry differs from its leaf', { id: item.id, domain: item.domain });
  }
  return leaf === undefined;
}

async function sealChunk(deps: SealDeps, items: readonly EntryItem[]): Promise<EntryItem[]> {
  for (let attempt = 1; ; attempt += 1) {
    const { tree, leaves } = await deps.tree.headAndLeaves(items.map(({ id }) => id));
    const fresh = items.filter((item, at) => isFresh(item, leaves[at]));
    if (fresh.length === 0) return [];
    const added = fresh.map((item) => ({ ...leafOf(item), entry_pk: item.pk }));
    const grown = grow(tree, added);
    const now = deps.now();
    const writes = treeWrites.growth(tree, grown.tree, added, grown.tiles, now);
    try {
      await deps.commit({ writes, entries: [] }, { actor: sealerActor, now, trace: continueTrace(undefined) });
      return fresh;
    } catch (error) {
      if (!(error instanceof Problem) || !contended.has(error.code) || attempt === attempts) throw error;
    }
    await sleep(Math.random() * Math.min(longestPause, 10 * 2 ** attempt));
  }
}
