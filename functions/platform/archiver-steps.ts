import type { Item, Key } from '../shared/dynamo.ts';
import { inParallel } from '../shared/in-parallel.ts';
import type { Entry, EntryItem } from '../shared/ledger.ts';
import { count, logger } from '../shared/telemetry.ts';
import type { Archive } from './archive.ts';
import { judgeRemoval } from './removal-model.ts';
import { restored, type Restore } from './restore.ts';
import type { StreamChange } from './stream.ts';

export type ArchiverDeps = {
  archive: Pick<Archive, 'put'>;
  /** Adds archived entries to the Merkle tree over the ledger, each once. */
  seal: (items: readonly EntryItem[]) => Promise<void>;
  restore: Restore;
  /** One item of the ledger, read consistently. */
  ledgerItem: (key: Key) => Promise<Item | undefined>;
  /** The legal holds in force, as a question. */
  holds: () => Promise<(entry: Entry) => boolean>;
  now: () => Date;
};

const width = 16;

/**
 * Archives and seals the entries that were added; puts back what should not have been removed; reports what nobody may do.
 * @returns positions of the records that could not be handled
 */
export async function archiveChanges(changes: readonly StreamChange[], deps: ArchiverDeps): Promise<Set<string>> {
  let holds: ReturnType<ArchiverDeps['holds']> | undefined;
  const shared = { ...deps, holds: () => (holds ??= deps.holds()) };
  const failed = new Set<string>();
  await inParallel(changes, width, async (change) => {
    try {
      await handle(change, shared);
    } catch (error) {
      failed.add(change.position);
      logger.error('ledger change not handled', { position: change.position, error: error as Error });
    }
  });
  await sealArchived(changes, failed, deps);
  count('ArchiveFailures', failed.size);
  logger.info('ledger changes handled', { handled: changes.length - failed.size, failed: failed.size });
  return failed;
}

/** Whatever is in the archive is sealed; what could not be is failed as a whole, and comes again as a whole. */
async function sealArchived(changes: readonly StreamChange[], failed: Set<string>, deps: ArchiverDeps): Promise<void> {
  const archived = changes.filter(
    ({ name, after, position }) => name === 'INSERT' && after?.kind === 'entry' && !failed.has(position),
  );
  if (archived.length === 0) return;
  try {
    await deps.seal(archived.map(({ after }) => after as EntryItem));
  } catch (error) {
    for (const { position } of archived) failed.add(position);
    count('SealFailures', archived.length);
    logger.error('entries not sealed', error as Error);
  }
}

async function handle(change: StreamChange, deps: ArchiverDeps): Promise<void> {
  switch (change.name) {
    case 'INSERT':
      return archive(change.after, deps);
    case 'MODIFY':
      return tampered('changed', change.before);
    case 'REMOVE':
      return removed(change.before, change.byTtl, deps);
    case undefined:
      throw new Error('the change has no name');
  }
}

async function archive(item: Item | undefined, deps: ArchiverDeps): Promise<void> {
  if (!item) throw new Error('the image of the new item cannot be read');
  if (item.kind !== 'entry') return;
  if (await deps.archive.put(item as EntryItem)) count('EntriesArchived', 1);
}

/** Entries are written once. Whatever changes or removes one, its original is in the archive. */
function tampered(how: 'changed' | 'removed', item: Item | undefined): void {
  count('LedgerTampered', 1);
  logger.error(`ledger item ${how}`, { pk: item?.pk, sk: item?.sk, kind: item?.kind });
}

async function removed(item: Item | undefined, byTtl: boolean, deps: ArchiverDeps): Promise<void> {
  if (!item) throw new Error('the image of the removed item cannot be read');
  const entry = (item.kind === 'pointer' ? await deps.ledgerItem(entryKey(item)) : item) as EntryItem | undefined;
  // Its entry is gone too, and brings the pointer back if it comes back.
  if (!entry) return;
  const now = deps.now();
  const judged = judgeRemoval(entry, { byTtl, held: (await deps.holds())(entry) }, now);
  if (judged.tampered) tampered('removed', item);
  if (judged.restoreUntil === undefined) return;
  for (const one of restored(entry, judged.restoreUntil, now)) await deps.restore(one);
  count('EntriesRestored', 1);
  logger.warn('ledger item put back', { pk: item.pk, sk: item.sk, kind: item.kind });
}

const entryKey = ({ entry_pk, sk }: Item): Key => ({ pk: String(entry_pk), sk: String(sk) });
