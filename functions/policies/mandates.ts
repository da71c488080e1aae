import { type Mandated, mandateFault } from '../authority/contract.ts';
import type { Change } from '../shared/commit.ts';
import { Problem } from '../shared/errors.ts';
import { used } from './changes.ts';
import type { Decisions } from './ports.ts';
import type { PoliciesStore } from './store.ts';

const usedAlready = 'The decision has been used already.';

/** Why a decision is no mandate for a change, or undefined when it is one that was not used yet. */
export async function unmandated(
  deps: { store: PoliciesStore; decisions: Decisions },
  decisionId: string,
  wanted: Mandated,
  now: Date,
): Promise<string | undefined> {
  const [decision, isUsed] = await Promise.all([deps.decisions.decision(decisionId), deps.store.isUsed(decisionId)]);
  return isUsed ? usedAlready : mandateFault(decision, wanted, now);
}

/**
 * Commits a change together with the use of its mandate.
 * @throws Problem `MandateMissing` when the decision was used meanwhile
 */
export async function commitMandated<T>(
  commit: (change: Change, answer: T) => Promise<T>,
  { writes, entries }: Change,
  mandate: { decision: string; for: string },
  answer: T,
): Promise<T> {
  try {
    return await commit({ writes: [...writes, used(mandate.decision, mandate.for)], entries }, answer);
  } catch (error) {
    if (error instanceof Problem && error.code === 'AlreadyExists') throw new Problem('MandateMissing', usedAlready);
    throw error;
  }
}
