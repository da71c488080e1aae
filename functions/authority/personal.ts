import type { CommitContext } from '../shared/commit.ts';
import type { DataSubjects } from '../shared/data-subjects.ts';
import type { Write } from '../shared/dynamo.ts';
import type { Personal } from '../shared/ledger.ts';
import { rewriteDetails, type Rewrite } from '../shared/sealed-text.ts';
import type { Decision, DecisionProposal } from './contract.ts';

type Moment = Pick<CommitContext, 'now' | 'trace'>;
type Opening = Pick<DataSubjects, 'opener'>;
type Sealing = Pick<DataSubjects, 'sealer'>;

const withProposal = (decision: Decision, rewrite: Rewrite): Decision => {
  const { proposal } = decision;
  const summary = rewrite(proposal.summary, 'summary');
  return { ...decision, proposal: { ...proposal, summary, details: rewriteDetails(proposal.details, rewrite) } };
};

/** The summary of an outcome is the `outcome` of its entry, and goes by that name. */
const withOutcome = (decision: Decision, rewrite: Rewrite): Decision => {
  const { outcome } = decision;
  return outcome ? { ...decision, outcome: { ...outcome, summary: rewrite(outcome.summary, 'outcome') } } : decision;
};

const subjectsOf = ({ proposal, outcome }: Decision): string[] =>
  [...new Set([proposal.data_subject, outcome?.data_subject])].filter((one) => one !== undefined);

/** What an entry says that carries texts of a decision. */
export const personalIn = (decision: Decision): Personal | undefined => {
  const subjects = subjectsOf(decision);
  return subjects.length > 0 ? { record: decision.id, subjects } : undefined;
};

/**
 * A proposal with the pseudonym in the place of the id. What goes by the pseudonym already, like a proposal that was read, is
 * the same.
 */
export async function underPseudonym(
  subjects: Pick<DataSubjects, 'pseudonymOf'>,
  proposal: DecisionProposal,
): Promise<DecisionProposal> {
  if (proposal.data_subject === undefined) return proposal;
  return { ...proposal, data_subject: await subjects.pseudonymOf(proposal.data_subject) };
}

/** A decision as it is stored, and what its transaction depends on. */
export type Stored = {
  decision: Decision;
  guards: Write[];
  /** The proposal as the answer gives it: with its texts, but under the pseudonym. */
  presented: Decision['proposal'];
};

/** Seals what was judged, if it is about a natural person; what is not is left as it is, at no cost. */
export async function sealJudged(subjects: Sealing, decision: Decision, moment: Moment): Promise<Stored> {
  const presented = decision.proposal;
  if (presented.data_subject === undefined) return { decision, guards: [], presented };
  const { pseudonym, seal, guard } = await subjects.sealer(presented.data_subject, moment);
  const sealed = withProposal(decision, seal(decision.id));
  return {
    decision: { ...sealed, proposal: { ...sealed.proposal, data_subject: pseudonym } },
    guards: [guard],
    presented: { ...presented, data_subject: pseudonym },
  };
}

/** Seals the outcome of a decision, if it or the decision is about a natural person. */
export async function sealOutcome(
  subjects: Sealing,
  decision: Decision,
  moment: Moment,
): Promise<{ decision: Decision; guards: Write[] }> {
  const { outcome, proposal } = decision;
  const named = outcome?.data_subject ?? proposal.data_subject;
  if (!outcome || named === undefined) return { decision, guards: [] };
  const { pseudonym, seal, guard } = await subjects.sealer(named, moment);
  const sealed = withOutcome({ ...decision, outcome: { ...outcome, data_subject: pseudonym } }, seal(decision.id));
  return { decision: sealed, guards: [guard] };
}

/** A decision as it is read. */
export async function openDecision(subjects: Opening, decision: Decision): Promise<Decision> {
  const named = subjectsOf(decision);
  if (named.length === 0) return decision;
  const open = (await subjects.opener(named))(decision.id);
  const opened = decision.proposal.data_subject === undefined ? decision : withProposal(decision, open);
  return decision.outcome?.data_subject === undefined ? opened : withOutcome(opened, open);
}
