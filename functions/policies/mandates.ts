import { type Mandated, mandateFault } from '../authority/contract.ts';
import type { Change } from '../shared/commit.ts';
import type { Write } from '../shared/dynamo.ts';
import { Problem } from '../shared/errors.ts';
import { used } from './changes.ts';
import type { Decisions } from './ports.ts';
import type { PoliciesStore } from './store.ts';

const usedAlready = 'The decision has been used already.';

/** A decision as the mandate for a change: why it is none, if it is none, and that it is still as it was read. */
export type Mandate = { decision: string; fault: string | undefined; guards: readonly Write[] };

/** Reads a decision as the mandate for a change. */
export async function mandateOf(
  deps: { store: Pick<PoliciesStore, 'isUsed'>; decisions: Decisions },
  id: string,
  wanted: Mandated,
  now: Date,
): Promise<Mandate> {
  const [decision, isUsed] = await Promise.all([deps.decisions.decision(id), deps.store.isUsed(id)]);
  return {
    decision: id,
    fault: isUsed ? usedAlready : mandateFault(decision, wanted, now),
    guards: decision ? [{ kind: 'check', key: deps.decisions.keyOf(id), version: decision.version }] : [],
  };
}

/**
 * Commits a change together with the use of its mandate, if the decision is still what it was when it was read.
 * @param use what the decision serves for
 * @throws Problem `MandateMissing` when the decision was used meanwhile
 */
export async function commitMandated<T>(
  commit: (change: Change, answer: T) => Promise<T>,
  { writes, entries }: Change,
  { decision, guards, use }: Mandate & { use: string },
  answer: T,
): Promise<T> {
  try {
    return await commit({ writes: [...writes, used(decision, use), ...guards], entries }, answer);
  } catch (error) {
    if (error instanceof Problem && error.code === 'AlreadyExists') throw new Problem('MandateMissing', usedAlready);
    throw error;
  }
}
