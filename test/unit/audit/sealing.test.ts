import './quiet.ts';
import { expect, it, vi } from 'vitest';
import { sealer } from '../../../functions/audit/seal-entries.ts';
import { sealBatch } from '../../../functions/audit/sealing.ts';
import { emptyTree, leafOf } from '../../../functions/audit/tree-model.ts';
import { metrics } from '../../../functions/shared/telemetry.ts';
import { anItem, noon } from './fixtures.ts';

it('[AUD-5] asks for a checkpoint after each batch but the first of a process, and a failure of it fails no entry', async () => {
  const asked: number[] = [];
  const sealed: string[] = [];
  const batch = sealBatch({
    seal: async (items) => {
      sealed.push(...items.map(({ id }) => id));
      return [...items];
    },
    checkpoint: async (leastAge) => {
      asked.push(leastAge);
      throw new Error('KMS is away');
    },
    now: () => noon,
  });
  const items = [anItem(), anItem(), anItem()];
  for (const item of items) await batch([item]);
  expect(sealed).toEqual(items.map(({ id }) => id));
  expect(asked).toEqual([15, 15]);
});

it('[AUD-5] raises the alarm when an entry comes that is not what its leaf is the hash of, and seals it no second time', async () => {
  const counted = vi.spyOn(metrics, 'addMetric');
  const item = anItem();
  const leaf = { index: 0, hash: leafOf(item).hash, entry_pk: item.pk, sealed_at: noon.toISOString() };
  const seal = sealer({
    tree: { headAndLeaves: async (ids) => ({ tree: emptyTree, leaves: ids.map(() => leaf) }) },
    commit: () => Promise.reject(new Error('nothing is to be written')),
    now: () => noon,
  });
  expect(await seal([item])).toEqual([]);
  expect(counted).not.toHaveBeenCalled();
  expect(await seal([{ ...item, summary: 'It never happened' }])).toEqual([]);
  expect(counted.mock.calls).toMatchObject([['LedgerTampered', 'Count', 1]]);
  counted.mockRestore();
});
