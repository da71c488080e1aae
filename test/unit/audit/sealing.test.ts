import './quiet.ts';
import { expect, it } from 'vitest';
import { sealBatch } from '../../../functions/audit/sealing.ts';
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
