import './quiet.ts';
import { describe, expect, it } from 'vitest';
import { reconcile } from '../../../functions/audit/operations/reconcile.ts';
import { reconcileDay } from '../../../functions/audit/operations/reconcile-day.ts';
import { holdStore, ledgerStore, writes } from '../../../functions/audit/store.ts';
import { leafOf } from '../../../functions/audit/tree-model.ts';
import { canonical } from '../../../functions/platform/archive.ts';
import { judgeRemoval } from '../../../functions/platform/removal-model.ts';
import { restored } from '../../../functions/platform/restore.ts';
import type { Change, Commit } from '../../../functions/shared/commit.ts';
import { type EntryItem, entryOf, ledgerKeys } from '../../../functions/shared/ledger.ts';
import { aHold, anItem, daysAfter, noon } from './fixtures.ts';
import { memoryTable } from './memory-table.ts';

const day = '2026-11-22';

/** A ledger and an archive in memory; `committed` collects what was recorded. */
function aWorld(
  inLedger: readonly EntryItem[],
  inArchive: readonly EntryItem[],
  now = daysAfter(1),
  inTree: readonly EntryItem[] = inLedger,
) {
  const ledger = memoryTable('ledger');
  const state = memoryTable('state');
  const archived = new Map(inArchive.map((item) => [item.id, item]));
  const sealed = new Map(inTree.map((item) => [item.id, leafOf(item).hash]));
  const committed: Change[] = [];
  ledger.add(...inLedger);
  const commit: Commit = async (change) => {
    committed.push(change);
    for (const write of change.writes) if ('item' in write) state.add({ ...write.item, ...write.key });
    return [];
  };
  const deps = {
    ledger: ledgerStore(ledger, 4),
    holds: holdStore(state),
    archive: {
      put: async (item: EntryItem) => archived.size < archived.set(item.id, item).size,
      get: async (_: string, id: string) => {
        const item = archived.get(id);
        if (!item) throw new Error('no such object');
        const { event, traceparent, personal } = item;
        return { entry: entryOf(item), event, traceparent, personal };
      },
      sizes: async (domain: string, asked: string) =>
        new Map(
          [...archived.values()]
            .filter((item) => item.domain === domain && item.timestamp.startsWith(asked))
            .map((item) => [item.id, canonical(item).length]),
        ),
      sizeOf: (item: EntryItem) => canonical(item).length,
    },
    restore: async (item: EntryItem, held: boolean, at: Date) => {
      const { restoreUntil } = judgeRemoval(item, { byTtl: false, held }, at);
      if (restoreUntil !== undefined) ledger.add(...restored(item, restoreUntil, at));
    },
    tree: {
      leaves: async (ids: readonly string[]) =>
        ids.map((id) => {
          const hash = sealed.get(id);
          return hash && { index: 0, hash, entry_pk: '', sealed_at: noon.toISOString() };
        }),
    },
    seal: async (items: readonly EntryItem[]) =>
      items.filter((item) => sealed.size < sealed.set(item.id, leafOf(item).hash).size),
    commit,
    domains: async () => ['product', 'platform'],
    now: () => now,
  };
  return { deps, ledger, state, archived, sealed, committed, now };
}

const items = (count: number, over = {}): EntryItem[] => Array.from({ length: count }, () => anItem(over));

describe('reconciliation', () => {
  it('[AUD-7] [AUD-4] puts an entry about a data subject back so that access by her pseudonym finds it again', async () => {
    const pseudonym = `sub_${'a'.repeat(32)}`;
    const lost: EntryItem = { ...anItem(), personal: { record: 'dec_1', subjects: [pseudonym] } };
    const world = aWorld([], [lost]);
    await reconcileDay(world.deps, 'product', day, world.now);
    const [back, pointer] = await world.ledger.getMany([lost, { pk: ledgerKeys.dataSubject(pseudonym), sk: lost.id }]);
    expect(back).toMatchObject({ id: lost.id, personal: lost.personal });
    expect(pointer).toMatchObject({ kind: 'pointer', entry_pk: lost.pk });
  });

  it('[AUD-4] counts both sides, and records that they match', async () => {
    const all = items(40);
    const world = aWorld(all, all);
    const result = await reconcileDay(world.deps, 'product', day, world.now);
    expect(result).toMatchObject({ matched: true, counts: { ledger: 40, archive: 40, healed: 0, restored: 0 } });
    expect(world.committed[0]?.entries[0]).toMatchObject({
      subject: 'reconciliation/product-2026-11-22',
      sequence: 1,
      event: { type: 'orchestra.archive.reconciled.v1', data: { matched: true } },
    });
  });

  it('[AUD-4] archives what is missing, so that the next run matches; runs are numbered', async () => {
    const all = items(50);
    const world = aWorld(all, all.slice(0, 20));
    expect((await reconcileDay(world.deps, 'product', day, world.now)).counts).toMatchObject({
      archive: 20,
      healed: 30,
    });
    expect(await reconcileDay(world.deps, 'product', day, world.now)).toMatchObject({ matched: true });
    expect(world.committed.map(({ entries }) => entries[0]?.sequence)).toEqual([1, 2]);
  });

  it('[AUD-4] puts back what somebody removed from the ledger', async () => {
    const all = items(5, { related_tasks: ['TASK-1'] });
    const world = aWorld(all.slice(1), all);
    const result = await reconcileDay(world.deps, 'product', day, world.now);
    expect(result).toMatchObject({ matched: false, counts: { restored: 1, expired: 0 } });
    const [removed] = all;
    const [back] = await world.ledger.getMany([{ pk: removed?.pk ?? '', sk: removed?.sk ?? '' }]);
    expect(back).toMatchObject({ ...removed, restored_at: world.now.toISOString() });
  });

  it('[AUD-3] what has expired stays removed, unless a hold covers it', async () => {
    const all = items(3);
    const world = aWorld([], all, daysAfter(91));
    const run = () => reconcileDay(world.deps, 'product', day, world.now);
    expect(await run()).toMatchObject({ matched: true, counts: { expired: 3, restored: 0 } });
    for (const write of writes.place(aHold())) if ('item' in write) world.state.add({ ...write.item, ...write.key });
    expect(await run()).toMatchObject({ counts: { expired: 0, restored: 3 } });
    expect(await run()).toMatchObject({ matched: true, counts: { ledger: 3 } });
  });

  it('[AUD-4] notices an entry that differs from its archive', async () => {
    const [item] = items(1);
    if (!item) throw new Error('no item');
    const world = aWorld([{ ...item, summary: `${item.summary}!` }], [item]);
    expect(await reconcileDay(world.deps, 'product', day, world.now)).toMatchObject({ counts: { different: 1 } });
  });

  it('[AUD-4] [AUD-5] notices an entry that differs from its leaf, though it has the size of its archive', async () => {
    const all = items(3);
    const changed = all.with(1, { ...all[1]!, summary: 'Chose a lie, ok' });
    expect(changed[1]!.summary).toHaveLength(all[1]!.summary.length);
    const world = aWorld(changed, all, daysAfter(1), all);
    const result = await reconcileDay(world.deps, 'product', day, world.now);
    expect(result).toMatchObject({ matched: false, counts: { different: 1, unsealed: 0, ledger: 3 } });
    const unarchived = aWorld(changed, [], daysAfter(1), all);
    expect(await reconcileDay(unarchived.deps, 'product', day, world.now)).toMatchObject({
      counts: { healed: 2, different: 1 },
    });
    expect([...unarchived.archived.keys()]).not.toContain(all[1]!.id);
  });

  it('[AUD-4] [AUD-5] puts nothing back that is not what was sealed', async () => {
    const [item, other] = items(2) as [EntryItem, EntryItem];
    const forged = { ...item, summary: 'Chose a lie, ok' };
    const world = aWorld([], [forged, other], daysAfter(1), [item, other]);
    expect(await reconcileDay(world.deps, 'product', day, world.now)).toMatchObject({
      matched: false,
      counts: { restored: 1, different: 1, expired: 0 },
    });
    const [back, there] = await world.ledger.getMany([item, other]);
    expect([back, there]).toMatchObject([undefined, { id: other.id }]);
  });

  it('[AUD-5] seals what has no leaf, and says so; the next run matches', async () => {
    const all = items(200);
    const world = aWorld(all, all, daysAfter(1), all.slice(0, 190));
    const run = () => reconcileDay(world.deps, 'product', day, world.now);
    expect(await run()).toMatchObject({ matched: false, counts: { healed: 0, unsealed: 10 } });
    expect(world.sealed.size).toBe(200);
    expect(await run()).toMatchObject({ matched: true, counts: { unsealed: 0 } });
  });

  it('[AUD-5] leaves to the archiver what was written just now, and seals nothing that differs from its archive', async () => {
    const all = items(2);
    const fresh = aWorld(all, all, new Date(noon.getTime() + 60_000), []);
    expect(await reconcileDay(fresh.deps, 'product', day, fresh.now)).toMatchObject({ matched: true });
    const changed = aWorld(
      all.map((item) => ({ ...item, summary: 'Never happened' })),
      all,
      daysAfter(1),
      [],
    );
    expect(await reconcileDay(changed.deps, 'product', day, changed.now)).toMatchObject({
      counts: { different: 2, unsealed: 0 },
    });
    expect([...fresh.sealed.keys(), ...changed.sealed.keys()]).toEqual([]);
  });

  it('[AUD-4] runs for yesterday and every domain by itself, and for what it is asked', async () => {
    const { deps } = aWorld([], []);
    const ran = async (event: unknown) =>
      (await reconcile(deps, event)).map(({ domain, day: of }) => `${domain} ${of}`);
    expect(await ran({})).toEqual([`enterprise ${day}`, `product ${day}`, `platform ${day}`]);
    expect(await ran({ day: '2026-11-01', domains: ['product'] })).toEqual(['product 2026-11-01']);
    expect(noon.toISOString().slice(0, 10)).toBe(day);
  });
});
