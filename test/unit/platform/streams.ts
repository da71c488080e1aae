import type { Item } from '../../../functions/shared/dynamo.ts';
import type { StreamChange } from '../../../functions/platform/stream.ts';

let position = 100_000_000_000;
const next = (): string => String((position += 1));

export const inserted = (after: Item | undefined): StreamChange => ({
  position: next(),
  name: 'INSERT',
  before: undefined,
  after,
  byTtl: false,
});

export const removedItem = (before: Item | undefined, byTtl: boolean): StreamChange => ({
  position: next(),
  name: 'REMOVE',
  before,
  after: undefined,
  byTtl,
});

export const changedItem = (before: Item, after: Item): StreamChange => ({
  position: next(),
  name: 'MODIFY',
  before,
  after,
  byTtl: false,
});
