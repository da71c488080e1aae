import { addSeconds } from '../../shared/clock.ts';
import type { Commit } from '../../shared/commit.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import { type EntryItem, entryItem } from '../../shared/ledger.ts';
import { count, logger } from '../../shared/telemetry.ts';
import { continueTrace } from '../../shared/trace.ts';
import type { Counts, Hold } from '../contract.ts';
import { covers, isKept } from '../hold-model.ts';
import type { Archive, Restore } from '../ports.ts';
import type { Seal } from '../seal-entries.ts';
import { isMatched, reconciliationEntry } from '../reconciliation-model.ts';
import { type Holds, type Ledger, writes } from '../store.ts';
import type { Leaf, TreeStore } from '../store-tree.ts';
import { isLeaf } from '../tree-model.ts';

export type ReconcileDeps = {
  ledger: Pick<Ledger, 'ofDay' | 'shards'>;
  holds: Pick<Holds, 'active' | 'reconciliations'>;
  archive: Archive;
  restore: Restore;
  tree: Pick<TreeStore, 'leaves'>;
  seal: Seal;
  commit: Commit;
};

export type Reconciliation = { domain: string; day: string; matched: boolean; counts: Counts };

/** Actor of what the control plane does by itself. */
const reconciler = 'orchestra_reconciler';
const width = 16;
const checkedAtOnce = 80;
/** What is younger is on its way through the stream. */
const graceSeconds = 300;

/**
 * Compares the ledger of a domain and day with its archive and the Merkle tree, and heals all: what is missing in the archive
 * is archived, what is missing in the ledger before its time is put back, what has no leaf is sealed. What is not the
 * entry that was sealed is counted as different, and neither archived nor put back. The result is an entry of its
 * own, found by the subject `reconciliation/<domain>-<day>`.
 */
export async function reconcileDay(
  deps: ReconcileDeps,
  domain: string,
  day: string,
  now: Date,
): Promise<Reconciliation> {
  const sizes = await deps.archive.sizes(domain, day);
  const archive = sizes.size;
  const forward = await healForward(deps, domain, day, sizes, now);
  const backward = await healLedger(deps, domain, [...sizes.keys()], now);
  const different = forward.different + backward.different;
  const counts = { ...forward, ...backward, different, archive } satisfies Counts;
  const result = { domain, day, matched: isMatched(counts), counts };
  count('ArchiveMismatch', counts.healed + counts.different + counts.restored + counts.unsealed);
  logger.info('reconciled', result);
  const version = (await deps.holds.reconciliations(domain, day)) + 1;
  const change = {
    writes: [writes.reconciliation(domain, day, version, counts)],
    entries: [reconciliationEntry(result, version)],
  };
  await deps.commit(change, { actor: reconciler, now, trace: continueTrace(undefined) });
  return result;
}

/** Walks the ledger; takes out of `sizes` what it finds there, so that what is left is in the archive only. */
async function healForward(deps: ReconcileDeps, domain: string, day: string, sizes: Map<string, number>, now: Date) {
  const counts = { ledger: 0, healed: 0, different: 0, unsealed: 0 };
  const settled = addSeconds(now, -graceSeconds).toISOString();
  const checking = inBatches<Found>(checkedAtOnce, async (found) => {
    const leaves = await deps.tree.leaves(found.map(({ item }) => item.id));
    const sound = found
      .map((one, at) => ({ ...one, leaf: leaves[at] }))
      .filter(({ item, size, leaf }) => isSame(deps, item, size, leaf));
    counts.different += found.length - sound.length;
    // What the archiver brought in the meantime was late, not missing.
    const missing = sound.filter(({ size }) => size === undefined).map(({ item }) => item);
    counts.healed += (await inParallel(missing, width, deps.archive.put)).filter(Boolean).length;
    const leafless = sound.filter(({ item, leaf }) => !leaf && item.timestamp <= settled).map(({ item }) => item);
    if (leafless.length === 0) return;
    // What was put back a while ago is new to the stream as well, which may bring it to the tree later than we do.
    counts.unsealed += (await deps.seal(leafless)).filter((item) => !item.restored_at).length;
  });
  for await (const item of deps.ledger.ofDay(domain, day)) {
    counts.ledger += 1;
    await checking.add({ item, size: sizes.get(item.id) });
    sizes.delete(item.id);
  }
  await checking.flush();
  return counts;
}

/** An entry of the ledger, and how many bytes the archive has of it. */
type Found = { item: EntryItem; size: number | undefined };

/** Whether an entry is the one that was archived and sealed, as far as it was: by its size there, by its hash here. */
function isSame(
  { archive }: ReconcileDeps,
  item: EntryItem,
  size: number | undefined,
  leaf: Leaf | undefined,
): boolean {
  const { id, domain } = item;
  if (size !== undefined && size !== archive.sizeOf(item)) {
    logger.error('entry differs from its archive', { id, domain });
    return false;
  }
  if (!leaf || isLeaf(item, leaf.hash)) return true;
  logger.error('entry differs from its leaf', { id, domain });
  return false;
}

/** Collects items, and hands them on so many at a time. */
function inBatches<T>(size: number, work: (items: readonly T[]) => Promise<void>) {
  let waiting: T[] = [];
  const flush = async (): Promise<void> => {
    const items = waiting;
    waiting = [];
    if (items.length > 0) await work(items);
  };
  const add = async (item: T): Promise<void> => {
    waiting.push(item);
    if (waiting.length >= size) await flush();
  };
  return { add, flush };
}

async function healLedger(deps: ReconcileDeps, domain: string, ids: readonly string[], now: Date) {
  const holds = ids.length > 0 ? await deps.holds.active() : [];
  const fates = await inParallel(ids, width, (id) => restoreKept(deps, domain, id, holds, now));
  const many = (fate: Fate): number => fates.filter((one) => one === fate).length;
  return { restored: many('restored'), expired: many('expired'), different: many('different') };
}

type Fate = 'restored' | 'expired' | 'different';

async function restoreKept(
  deps: ReconcileDeps,
  domain: string,
  id: string,
  holds: readonly Hold[],
  now: Date,
): Promise<Fate> {
  const { entry, event, traceparent, personal } = await deps.archive.get(domain, id);
  const item = entryItem(entry, event, traceparent, deps.ledger.shards, personal);
  const [leaf] = await deps.tree.leaves([id]);
  if (leaf && !isLeaf(item, leaf.hash)) {
    logger.error('archived entry differs from its leaf', { id, domain });
    return 'different';
  }
  if (!isKept(entry, holds, now)) return 'expired';
  const held = holds.some((hold) => covers(hold, entry));
  await deps.restore(item, held, now);
  logger.error('entry was missing in the ledger and is put back', { id, domain });
  return 'restored';
}
