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

export type ReconcileDeps = {
  ledger: Pick<Ledger, 'ofDay' | 'shards'>;
  holds: Pick<Holds, 'active' | 'reconciliations'>;
  archive: Archive;
  restore: Restore;
  seal: Seal;
  commit: Commit;
};

export type Reconciliation = { domain: string; day: string; matched: boolean; counts: Counts };

/** Actor of what the control plane does by itself. */
const reconciler = 'orchestra_reconciler';
const width = 16;
const sealedAtOnce = 80;
/** What is younger is on its way through the stream. */
const graceSeconds = 300;

/**
 * Counts the ledger of a domain and day against its archive and the Merkle tree, and heals all: what is missing in the
 * archive is archived, what is missing in the ledger before its time is put back, what has no leaf is sealed. The result is an entry of its own, found by the subject
 * `reconciliation/<domain>-<day>`.
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
  const counts = { ...forward, ...backward, archive } satisfies Counts;
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
  const { ledger, archive } = deps;
  const counts = { ledger: 0, healed: 0, different: 0, unsealed: 0 };
  const settled = addSeconds(now, -graceSeconds).toISOString();
  const missing = inBatches<EntryItem>(width, async (items) => {
    // What the archiver brought in the meantime was late, not missing.
    counts.healed += (await inParallel(items, width, archive.put)).filter(Boolean).length;
  });
  const unsealed = inBatches<EntryItem>(sealedAtOnce, async (items) => {
    // What was put back a while ago is new to the stream as well, which may bring it to the tree later than we do.
    counts.unsealed += (await deps.seal(items)).filter((item) => !item.restored_at).length;
  });
  for await (const item of ledger.ofDay(domain, day)) {
    counts.ledger += 1;
    const size = sizes.get(item.id);
    sizes.delete(item.id);
    if (size === undefined) await missing.add(item);
    if (size !== undefined && size !== archive.sizeOf(item)) {
      counts.different += 1;
      logger.error('entry differs from its archive', { id: item.id, domain, day });
    } else if (item.timestamp <= settled) await unsealed.add(item);
  }
  await missing.flush();
  await unsealed.flush();
  return counts;
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
  const kept = await inParallel(ids, width, (id) => restoreKept(deps, domain, id, holds, now));
  const restored = kept.filter(Boolean).length;
  return { restored, expired: kept.length - restored };
}

async function restoreKept(deps: ReconcileDeps, domain: string, id: string, holds: readonly Hold[], now: Date) {
  const { entry, event, traceparent, personal } = await deps.archive.get(domain, id);
  if (!isKept(entry, holds, now)) return false;
  const held = holds.some((hold) => covers(hold, entry));
  await deps.restore(entryItem(entry, event, traceparent, deps.ledger.shards, personal), held, now);
  logger.error('entry was missing in the ledger and is put back', { id, domain });
  return true;
}
