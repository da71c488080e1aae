import { expect, it } from 'vitest';
import type { Write } from '../../../functions/shared/dynamo.ts';
import { mergedAdjustments } from '../../../functions/shared/merged-adjustments.ts';

const key = { pk: 'workload#agent#a', sk: 'load' };
const other = { pk: 'workload#agent#b', sk: 'load' };
const where = [{ path: 'agent', is: 'a' }];

it('[HND-3] adjustments of one record are one write: amounts add up, conditions are kept once each', () => {
  const writes: Write[] = [
    { kind: 'adjust', key, add: { working: -1, slots: 1 }, where },
    { kind: 'put', key: other, item: {} },
    { kind: 'adjust', key, add: { working: -1, queued: 1 }, where: [...where, { path: 'free', atLeast: 1 }] },
  ];
  expect(mergedAdjustments(writes)).toEqual([
    {
      kind: 'adjust',
      key,
      set: {},
      add: { working: -2, slots: 1, queued: 1 },
      where: [...where, { path: 'free', atLeast: 1 }],
    },
    writes[1],
  ]);
});

it('[HND-3] what is not an adjustment is left for the store to refuse where it names a record twice', () => {
  const writes: Write[] = [
    { kind: 'put', key, item: {} },
    { kind: 'put', key, item: { n: 1 } },
    { kind: 'adjust', key, add: { working: 1 }, where },
  ];
  expect(mergedAdjustments(writes)).toEqual(writes);
});
