import type { Decision } from './contract.ts';

/** What a change of governance needs a decision for. */
export type Mandated = { type: string; resource: { type: string; id: string } };

/**
 * Why a decision is no mandate for a change, or undefined when it is one: allowed, of the type, about this very thing,
 * and still open. Whoever uses it records the use in the same transaction, so that it serves once.
 */
export function mandateFault(decision: Decision | undefined, wanted: Mandated, now: Date): string | undefined {
  if (!decision) return 'There is no such decision.';
  const { proposal, verdict, outcome, outcome_due_at: due } = decision;
  if (proposal.type !== wanted.type) return `It takes a decision of type \`${wanted.type}\`, not \`${proposal.type}\`.`;
  const { type, id } = proposal.resource;
  if (type !== wanted.resource.type || id !== wanted.resource.id) {
    return `The decision is about ${type}/${id}, not ${wanted.resource.type}/${wanted.resource.id}.`;
  }
  if (verdict !== 'allowed') return `The decision is ${verdict}, not allowed.`;
  if (outcome) return 'The decision has its outcome already.';
  if (due === null || new Date(due) <= now) return 'The time of the decision is over.';
  return undefined;
}
