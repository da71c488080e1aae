import type { Urgency } from '../authority/contract.ts';
import type { Conflict, ConflictTerms, ConflictType } from './contract.ts';

const minute = 60;
const hour = 60 * minute;

/** Times of the steps by urgency. */
const termsByUrgency: Readonly<Record<Urgency, ConflictTerms>> = {
  low: { perspectives: 24 * hour, interests: 24 * hour, options: 48 * hour, level: 72 * hour },
  normal: { perspectives: 4 * hour, interests: 4 * hour, options: 8 * hour, level: 24 * hour },
  high: { perspectives: hour, interests: hour, options: 2 * hour, level: 4 * hour },
  critical: { perspectives: 30 * minute, interests: 30 * minute, options: hour, level: hour },
};

/** Times that are given in place of those of the urgency. */
type Given = { [S in keyof ConflictTerms]?: ConflictTerms[S] | undefined };

/** Terms of a conflict: those of its urgency, but for what was given otherwise. */
export function termsOf(urgency: Urgency, given: Given = {}): ConflictTerms {
  const usual = termsByUrgency[urgency];
  return {
    perspectives: given.perspectives ?? usual.perspectives,
    interests: given.interests ?? usual.interests,
    options: given.options ?? usual.options,
    level: given.level ?? usual.level,
  };
}

/** Times that are shorter than those of the urgency: who hurries a party along may silence it. */
export function shortened(urgency: Urgency, given: Given = {}): (keyof ConflictTerms)[] {
  const usual = termsByUrgency[urgency];
  const wanted = termsOf(urgency, given);
  return (Object.keys(usual) as (keyof ConflictTerms)[]).filter((step) => wanted[step] < usual[step]);
}

/** Inside one domain it is the type of conflict that says which type of decision settles it. */
const insideOne: Readonly<Record<ConflictType, string>> = {
  priority: 'task_prioritization',
  scope: 'scope_change',
  technical: 'quality_tradeoff',
};

export const domainsOf = ({ parties }: Pick<Conflict, 'parties'>): string[] => [
  ...new Set(parties.map(({ domain }) => domain)),
];

/** Type of the decision that settles a conflict: the authority matrix says which level takes it. */
export const decisionTypeOf = (conflict: Pick<Conflict, 'type' | 'parties'>): string =>
  domainsOf(conflict).length > 1 ? 'cross_domain_conflict' : insideOne[conflict.type];
