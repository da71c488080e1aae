import '../audit/quiet.ts';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { covers } from '../../../functions/audit/hold-model.ts';
import { archiveChanges, type ArchiverDeps } from '../../../functions/platform/archiver-steps.ts';
import { canonical, objectKey } from '../../../functions/platform/archive.ts';
import { judgeRemoval } from '../../../functions/platform/removal-model.ts';
import type { Hold } from '../../../functions/audit/contract.ts';
import { epochSeconds } from '../../../functions/shared/clock.ts';
import type { EntryItem } from '../../../functions/shared/ledger.ts';
import { metrics } from '../../../functions/shared/telemetry.ts';
import { memoryTable } from '../audit/memory-table.ts';
import { aHold, anItem, daysAfter, noon, rowsOf } from '../audit/fixtures.ts';
import { changedItem, inserted, removedItem } from './streams.ts';

const counted = vi.spyOn(metrics, 'addMetric');
const total = (name: string): number =>
  counted.mock.calls.filter(([metric]) => metric === name).reduce((sum, [, , amount]) => sum + amount, 0);
beforeEach(() => {
  counted.mockClear();
});

function aWorld({ now = noon, holds = [] as Hold[], broken = '', unsealable = '' } = {}) {
  const ledger = memoryTable('ledger');
  const archived = new Set<string>();
  const sealed = new Set<string>();
  const asked = { holds: 0 };
  const deps: ArchiverDeps = {
    archive: {
      put: async (item: EntryItem) => {
        if (item.id === broken) throw new Error('S3 is away');
        return archived.size < archived.add(item.id).size;
      },
    },
    seal: async (items) => {
      if (items.some(({ id }) => id === unsealable)) throw new Error('the tree is busy');
      for (const { id } of items) sealed.add(id);
    },
    // As a transaction that creates: what is there stays.
    restore: async (item) => {
      if ((await ledger.getMany([item]))[0] === undefined) ledger.add(item);
    },
    ledgerItem: async (key) => (await ledger.getMany([key]))[0],
    holds: async () => {
      asked.holds += 1;
      return (entry) => holds.some((hold) => covers(hold, entry));
    },
    now: () => now,
  };
  return { deps, ledger, archived, sealed, asked };
}

const stored = async ({ ledger }: ReturnType<typeof aWorld>, { pk, sk }: { pk: string; sk: string }) =>
  (await ledger.getMany([{ pk, sk }]))[0];

describe('archive', () => {
  it('[AUD-4] takes every new entry, and again is the same as once', async () => {
    const world = aWorld();
    const items = Array.from({ length: 40 }, () => anItem({ related_tasks: ['TASK-1'] }));
    const changes = items.flatMap(rowsOf).map(inserted);
    await archiveChanges(changes, world.deps);
    expect(await archiveChanges(changes, world.deps)).toEqual(new Set());
    expect(world.archived).toEqual(new Set(items.map(({ id }) => id)));
    expect(total('EntriesArchived')).toBe(40);
  });

  it('[AUD-4] reports what could not be archived, and archives the rest', async () => {
    const items = [anItem(), anItem(), anItem()];
    const world = aWorld({ broken: items[1]?.id ?? '' });
    const changes = items.map(inserted);
    expect(await archiveChanges(changes, world.deps)).toEqual(new Set([changes[1]?.position]));
    expect(world.archived.size).toBe(2);
  });

  it('[AUD-4] the object of an entry is canonical: the same bytes, whatever the order of its fields', () => {
    const item = anItem({ summary: 'Ünïcode €' });
    const turned = Object.fromEntries(Object.entries(item).toReversed()) as EntryItem;
    expect(canonical(turned).equals(canonical({ ...item, restored_at: 'x', ttl: 1 }))).toBe(true);
    expect(JSON.parse(canonical(item).toString())).toMatchObject({ entry: { id: item.id }, event: item.event });
    expect(objectKey('product', item.id)).toBe(`ledger/product/2026/11/22/${item.id}.json`);
  });
});

describe('seal', () => {
  it('[AUD-5] takes what is archived, and nothing else', async () => {
    const items = [anItem({ related_tasks: ['TASK-1'] }), anItem(), anItem()];
    const world = aWorld({ broken: items[1]?.id ?? '' });
    await archiveChanges([...items.flatMap(rowsOf).map(inserted), removedItem(anItem(), true)], world.deps);
    expect(world.sealed).toEqual(new Set([items[0]?.id, items[2]?.id]));
  });

  it('[AUD-5] that fails reports every entry of the batch, so that they come again', async () => {
    const items = [anItem(), anItem()];
    const changes = items.map(inserted);
    const world = aWorld({ unsealable: items[1]?.id ?? '' });
    expect(await archiveChanges(changes, world.deps)).toEqual(new Set(changes.map(({ position }) => position)));
    expect(total('SealFailures')).toBe(2);
  });

  it('[AUD-5] is not asked for when nothing was added', async () => {
    const deps = { ...aWorld().deps, seal: async () => Promise.reject(new Error('asked')) };
    expect(await archiveChanges([removedItem(anItem(), true)], deps)).toEqual(new Set());
  });
});

describe('removals', () => {
  const item = anItem({ related_tasks: ['TASK-1'] });
  const [entry, pointer] = rowsOf(item);
  const late = daysAfter(91);

  it('[AUD-3] an expired entry that DynamoDB removes stays removed', async () => {
    const world = aWorld({ now: late });
    await archiveChanges([removedItem(entry, true), removedItem(pointer, true)], world.deps);
    expect(await stored(world, item)).toBeUndefined();
    expect(total('LedgerTampered')).toBe(0);
  });

  it('[AUD-3] one under a legal hold is put back as it was, with its pointers, and goes after the release', async () => {
    const world = aWorld({ now: late, holds: [aHold()] });
    await archiveChanges([removedItem(entry, true)], world.deps);
    const back = await stored(world, item);
    expect(back).toMatchObject({ ...item, ttl: epochSeconds(daysAfter(30, late)), restored_at: late.toISOString() });
    expect(await world.ledger.query({ partition: ['pk', 'ledger#task#TASK-1'] })).toMatchObject({
      items: [{ sk: item.id }],
    });
    const after = aWorld({ now: daysAfter(31, late) });
    await archiveChanges([removedItem(back, true)], after.deps);
    expect(await stored(after, item)).toBeUndefined();
    expect(total('LedgerTampered')).toBe(0);
  });

  it('[AUD-3] a pointer comes back as long as its entry stays', async () => {
    const world = aWorld({ now: late, holds: [aHold()] });
    world.ledger.add(item);
    await archiveChanges([removedItem(pointer, true)], world.deps);
    expect(await stored(world, pointer ?? item)).toMatchObject({ kind: 'pointer', entry_pk: item.pk });
  });

  it('[AUD-7] [AUD-3] the pointer of a data subject comes back like that of a task, alone or with its entry', async () => {
    const named = { ...item, personal: { record: 'dec_1', subjects: [`sub_${'a'.repeat(32)}`] } };
    const [, ...pointers] = rowsOf(named);
    const last = pointers.at(-1) ?? named;
    const world = aWorld({ now: late, holds: [aHold()] });
    world.ledger.add(named);
    await archiveChanges([removedItem(last, true)], world.deps);
    expect(await stored(world, last)).toMatchObject({ kind: 'pointer', entry_pk: item.pk });
    const emptied = aWorld();
    await archiveChanges([removedItem(named, false)], emptied.deps);
    for (const row of [named, last])
      expect(await stored(emptied, row)).toMatchObject({ restored_at: noon.toISOString() });
  });

  it('[AUD-2] an entry that somebody deletes is reported and put back until it expires', async () => {
    const world = aWorld();
    await archiveChanges([removedItem(entry, false)], world.deps);
    expect(await stored(world, item)).toMatchObject({ ...item, restored_at: noon.toISOString() });
    expect(total('LedgerTampered')).toBe(1);
  });

  it('[AUD-2] so is one whose TTL somebody set forward', async () => {
    const world = aWorld();
    await archiveChanges([removedItem({ ...item, ttl: 1 }, true)], world.deps);
    expect(await stored(world, item)).toMatchObject({ ttl: item.ttl });
    expect(total('LedgerTampered')).toBe(1);
  });

  it('[AUD-2] a change of an entry is reported', async () => {
    await archiveChanges([changedItem(item, { ...item, summary: 'Never happened' })], aWorld().deps);
    expect(total('LedgerTampered')).toBe(1);
  });

  it('[AUD-3] the holds are read once for a batch, and only when something was removed', async () => {
    const world = aWorld({ now: late });
    await archiveChanges([inserted(anItem())], world.deps);
    expect(world.asked.holds).toBe(0);
    const removals = Array.from({ length: 5 }, () => removedItem(anItem(), true));
    await archiveChanges(removals, world.deps);
    expect(world.asked.holds).toBe(1);
  });

  it.each([
    { byTtl: true, held: false, expired: true, tampered: false, back: false },
    { byTtl: true, held: true, expired: true, tampered: false, back: true },
    { byTtl: false, held: false, expired: true, tampered: true, back: false },
    { byTtl: false, held: true, expired: true, tampered: true, back: true },
    { byTtl: true, held: false, expired: false, tampered: true, back: true },
    { byTtl: false, held: false, expired: false, tampered: true, back: true },
  ])('[AUD-3] judges %j', ({ byTtl, held, expired, tampered, back }) => {
    const judged = judgeRemoval(item, { byTtl, held }, expired ? late : noon);
    expect(judged.tampered).toBe(tampered);
    expect(judged.restoreUntil !== undefined).toBe(back);
    expect(judged.restoreUntil ?? Infinity).toBeGreaterThan(epochSeconds(expired ? late : noon));
  });
});
