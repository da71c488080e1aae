import type { Clock } from '../shared/clock.ts';
import type { EntryItem } from '../shared/ledger.ts';
import { count, logger, measure } from '../shared/telemetry.ts';
import type { MakeCheckpoint } from './make-checkpoints.ts';
import type { Seal } from './seal-entries.ts';
import type { TreeStore } from './store-tree.ts';
import { leafTiles, leavesIn } from './tree-model.ts';

/** How old the newest checkpoint is, in seconds, before the end of a batch makes the next. */
const restSeconds = 15;

const secondsSince = (at: string, now: Date): number => Math.max(0, (now.getTime() - Date.parse(at)) / 1000);

type Deps = { seal: Seal; checkpoint: MakeCheckpoint; now: Clock };

/**
 * What becomes of a batch of new entries: a leaf each and, unless one was made just now, a checkpoint over them. The first
 * batch of a process, which has waited for its start, does not wait for a signature as well: the next batch or the sealer
 * makes it.
 */
export function sealBatch({ seal, checkpoint, now }: Deps): (items: readonly EntryItem[]) => Promise<void> {
  let isWarm = false;
  return async (items) => {
    const sealed = await seal(items);
    // What is put back after years, or healed, says nothing about how far behind the ledger we are.
    const ages = sealed.filter((item) => !item.restored_at).map(({ timestamp }) => secondsSince(timestamp, now()));
    if (ages.length > 0) measure('SealLagSeconds', Math.max(...ages));
    count('EntriesSealed', sealed.length);
    if (isWarm) await tryCheckpoint(checkpoint);
    isWarm = true;
  };
}

async function tryCheckpoint(checkpoint: MakeCheckpoint): Promise<void> {
  try {
    await checkpoint(restSeconds);
  } catch (error) {
    // The leaves are there; the sealer signs them within the minute, and raises the alarm if it cannot.
    count('CheckpointFailures', 1);
    logger.error('checkpoint not made', error as Error);
  }
}

type CatchUpDeps = {
  tree: Pick<TreeStore, 'head' | 'newest' | 'tiles' | 'leaves'>;
  checkpoint: MakeCheckpoint;
  now: Clock;
};

/** Size of the tree, seconds that its first unsigned leaf had waited, and the number of the checkpoint that signs it now. */
export type CaughtUp = { size: number; lag: number; signed: number | null };

/** Signs what has grown since the last checkpoint, and measures how long the first of it had waited. */
export async function catchUp(deps: CatchUpDeps): Promise<CaughtUp> {
  const waited = await oldestWait(deps);
  measure('SealLagSeconds', waited.lag);
  const made = await deps.checkpoint(0);
  return { ...waited, signed: made?.number ?? null };
}

async function oldestWait({ tree, now }: CatchUpDeps): Promise<{ size: number; lag: number }> {
  const newest = await tree.newest();
  const head = await tree.head();
  const from = newest?.size ?? 0;
  if (head.size <= from) return { size: head.size, lag: 0 };
  const tiles = await tree.tiles(leafTiles(head, from, from + 1));
  const ids = leavesIn(head, tiles, from, from + 1).map(({ id }) => id);
  const [leaf] = await tree.leaves(ids);
  return { size: head.size, lag: leaf ? secondsSince(leaf.sealed_at, now()) : 0 };
}
