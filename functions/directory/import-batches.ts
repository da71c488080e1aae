import { type Change, joined } from '../shared/commit.ts';
import type { Transition } from './model.ts';
import { changeOf } from './facts.ts';

/** Members of one transaction. DynamoDB takes 100; the rest is room for the entry of the import itself. */
const mostMembers = 90;

/** Changes of one phase, each small enough for a transaction; a transition is never split from its entry. */
export function batched(transitions: readonly Transition[]): Change[] {
  const batches: Change[] = [];
  let open: Change = { writes: [], entries: [] };
  for (const transition of transitions) {
    const next = changeOf([transition]);
    const together = joined(open, next);
    if (sizeOf(together) > mostMembers && sizeOf(open) > 0) {
      batches.push(open);
      open = next;
    } else open = together;
  }
  return sizeOf(open) > 0 ? [...batches, open] : batches;
}

const sizeOf = ({ writes, entries }: Change): number => writes.length + entries.length;
