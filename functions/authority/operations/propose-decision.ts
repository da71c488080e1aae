import { type Change, persistently } from '../../shared/commit.ts';
import { fact } from '../../shared/contract.ts';
import type { DataSubjects } from '../../shared/data-subjects.ts';
import type { Item } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import { newId, newIdOf } from '../../shared/ids.ts';
import type { EntryDraft } from '../../shared/ledger.ts';
import { personOf } from '../../shared/principal.ts';
import type { Call } from '../../shared/serve.ts';
import {
  type ApprovalRequest,
  type Decision,
  decisionAllowed,
  decisionDenied,
  decisionEscalated,
  type routes,
} from '../contract.ts';
import { deniedByLimits, judge, policyQuestion, reservationAsked, targetDomain, withReservation } from '../model.ts';
import { personalIn, sealJudged, type Stored } from '../personal.ts';
import type { LimitsPort } from '../../limits/contract.ts';
import type { Approvals, Policies } from '../ports.ts';
import type { Receipts } from '../receipts.ts';
import { requestDigest } from '../request-digest.ts';
import { matrixFrom, writes } from '../store.ts';

type Deps = {
  policies: Policies;
  approvals: Approvals;
  limits: LimitsPort;
  receipts: Receipts;
  subjects: Pick<DataSubjects, 'sealer'>;
  outcomeDueHours: number;
};
type Asked = Call<(typeof routes)['proposeDecision']>;
type Loaded = readonly (Item | undefined)[];

/** Judges a proposal by the matrix and the policies in force, and records the verdict whatever it is. */
export async function proposeDecision(
  deps: Deps,
  call: Asked,
  [matrixItem, activePolicies, ...limits]: Loaded,
): Promise<Decision> {
  const { actor, now, body: proposal } = call;
  const chain = await delegators(deps, call);
  const policies = await deps.policies.evaluate(activePolicies, policyQuestion(proposal, actor, now));
  const ids = { id: newIdOf('dec'), entryId: newId(now), escalationId: newIdOf('esc') };
  const { outcomeDueHours } = deps;
  const judged = judge({ ...ids, proposal, actor, matrix: matrixFrom(matrixItem), policies, now, outcomeDueHours });
  if (judged.kind === 'refuse') {
    throw new Problem(judged.why, judged.detail, { faults: [{ pointer: '/body/retention', detail: judged.detail }] });
  }
  const stored = await sealJudged(deps.subjects, judged.decision, call);
  const decision =
    stored.decision.verdict === 'allowed'
      ? await persistently((attempt) => withinLimits(deps, stored, call, attempt === 1 ? limits : undefined))
      : await call.commit(proposed(stored, escalationOf(deps, stored, { call, chain, ...judged })), stored.decision);
  return { ...decision, proposal: stored.presented };
}

/** Those for whom the proposer acts; nobody, where it acts for itself. */
async function delegators(deps: Deps, { body, actor, now }: Asked): Promise<readonly string[]> {
  if (body.acting_for === undefined) return [];
  const chain = await deps.approvals.chainOf(body.acting_for, actor, body.type, now);
  if (!chain) throw new Problem('DelegationRefused', `${body.acting_for} does not let you act in \`${body.type}\`.`);
  return chain;
}

/** Commits an allowed decision together with what it reserves; or as denied, where its limits have nothing left. */
async function withinLimits(
  deps: Deps,
  { decision: allowed, guards }: Stored,
  call: Asked,
  loaded: Loaded | undefined,
): Promise<Decision> {
  const found = await deps.limits.reserve(reservationAsked(allowed, call), loaded);
  const decision =
    found.kind === 'refused'
      ? deniedByLimits(allowed, found.refusal)
      : await withReceipt(deps, withReservation(allowed, found.reservation), call);
  await call.commit(proposed({ decision, guards }, found.change), decision);
  call.tell(found.told);
  return decision;
}

async function withReceipt(deps: Deps, decision: Decision, call: Asked) {
  const context = { actor: call.actor.id, now: call.now, trace: call.trace };
  return { ...decision, receipt: await deps.receipts.sign(decision, call.actor, context) };
}

/** A decision with what goes into its transaction beside it. */
const proposed = ({ decision, guards }: Pick<Stored, 'decision' | 'guards'>, beside: Change): Change => ({
  writes: [writes.create(decision), ...guards, ...beside.writes],
  entries: [verdictEntry(decision), ...beside.entries],
});

const isEscalated = (decision: Decision): decision is ApprovalRequest['decision'] =>
  decision.escalation_id !== null && decision.deciding_level !== null;

type Escalating = Pick<ApprovalRequest, 'chain' | 'terms'> & { call: Asked };

/**
 * The escalation of a decision that must be taken higher up; its digest is over the request as it was presented, but for the
 * person that it is about, who goes by the pseudonym.
 */
function escalationOf(deps: Deps, { decision, presented }: Stored, { call, terms, chain }: Escalating): Change {
  if (!isEscalated(decision)) return { writes: [], entries: [] };
  return deps.approvals.open({
    decision,
    targetDomain: targetDomain(decision.proposal, decision),
    digest: requestDigest(presented, call.actor, decision.policies.version),
    terms,
    person: personOf(call.actor),
    chain,
  });
}

/** Domains that a verdict concerns: its own, the target's, and the level that must decide it. */
function concerned(decision: Decision): string[] {
  const beyond = decision.verdict === 'escalated' && decision.deciding_level !== 'domain' ? ['enterprise'] : [];
  return [...new Set([decision.domain, targetDomain(decision.proposal, decision), ...beyond])];
}

function verdictEntry(decision: Decision): EntryDraft & { id: string } {
  const { proposal, verdict } = decision;
  return {
    id: decision.entry_id,
    action_type: verdict === 'escalated' ? 'escalation' : 'decision',
    domain: decision.domain,
    subject: `decision/${decision.id}`,
    sequence: 1,
    summary: proposal.summary,
    details: { ...proposal.details, outcome: `${verdict}: ${decision.reasons.map(({ detail }) => detail).join(' ')}` },
    classification: proposal.classification,
    related_tasks: proposal.related_tasks,
    policy_version: decision.policies.version,
    retention: decision.retention,
    personal: personalIn(decision),
    event: verdictEvent(decision),
  };
}

function verdictEvent(decision: Decision) {
  const data = {
    decision_id: decision.id,
    decision_type: decision.proposal.type,
    proposed_by: decision.proposed_by,
    policy_version: decision.policies.version,
    matrix_row: decision.matrix.row,
    concerns: concerned(decision),
  };
  if (isEscalated(decision)) {
    const { escalation_id, deciding_level } = decision;
    return fact(decisionEscalated, { ...data, escalation_id, deciding_level });
  }
  return fact(decision.verdict === 'allowed' ? decisionAllowed : decisionDenied, data);
}
