import {
  type Decision,
  decisionAllowed,
  decisionDenied,
  decisionEscalated,
  recordedQuestion,
} from '../authority/contract.ts';
import type { EntryItem } from '../shared/ledger.ts';
import type { RecordedDecisions } from './ports.ts';
import type { Recorded } from './simulation-model.ts';

type Range = { from: string; before: string };
type Entries = (
  range: Range,
  limit: number,
  keeps: (entry: EntryItem) => boolean,
) => Promise<{ items: EntryItem[]; next: string | undefined }>;
type DecisionsById = (ids: readonly string[]) => Promise<(Decision | undefined)[]>;

const verdicts: ReadonlySet<string> = new Set([decisionAllowed.type, decisionDenied.type, decisionEscalated.type]);

/** The first entry of a decision is its verdict; later ones say what became of it. */
const isVerdict = ({ event, sequence }: EntryItem): boolean => sequence === 1 && verdicts.has(event.type);

/** Recorded decisions: which ones, from the ledger; what was asked, from the decisions themselves. */
export const recordedDecisions = (entries: Entries, decisionsBy: DecisionsById): RecordedDecisions => ({
  page: async (range, limit) => {
    const { items, next } = await entries(range, limit, isVerdict);
    const decisions = await decisionsBy(items.map(({ event }) => String(event.data.decision_id)));
    return { decisions: decisions.map((decision) => decision && recordedOf(decision)), next };
  },
});

/** A decision as a replay needs it. */
export const recordedOf = (decision: Decision): Recorded => ({
  id: decision.id,
  type: decision.proposal.type,
  proposed_by: decision.proposed_by,
  proposed_at: decision.proposed_at,
  question: recordedQuestion(decision),
  policies: decision.policies,
});
