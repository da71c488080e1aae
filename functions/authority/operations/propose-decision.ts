import { fact } from '../../shared/contract.ts';
import type { Item } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import { newId, newIdOf } from '../../shared/ids.ts';
import type { EntryDraft } from '../../shared/ledger.ts';
import { type Actor, personOf } from '../../shared/principal.ts';
import type { Call } from '../../shared/serve.ts';
import {
  type ApprovalRequest,
  type Decision,
  decisionAllowed,
  decisionDenied,
  decisionEscalated,
  type routes,
  type Terms,
} from '../contract.ts';
import { judge, policyQuestion, targetDomain } from '../model.ts';
import type { Approvals, Policies } from '../ports.ts';
import type { Receipts } from '../receipts.ts';
import { requestDigest } from '../request-digest.ts';
import { matrixFrom, writes } from '../store.ts';

type Deps = { policies: Policies; approvals: Approvals; receipts: Receipts; outcomeDueHours: number };
type ProposeCall = Call<(typeof routes)['proposeDecision']>;

/** Judges a proposal by the matrix and the policies in force, and records the verdict whatever it is. */
export async function proposeDecision(
  deps: Deps,
  call: ProposeCall,
  [matrixItem, activePolicies]: (Item | undefined)[],
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
  const decision = await withReceipt(deps, judged.decision, call);
  const escalation = isEscalated(decision)
    ? deps.approvals.open(requestOf(decision, judged.terms, actor, chain))
    : { writes: [], entries: [] };
  const change = {
    writes: [writes.create(decision), ...escalation.writes],
    entries: [verdictEntry(decision), ...escalation.entries],
  };
  return call.commit(change, decision);
}

/** Those for whom the proposer acts; nobody, where it acts for itself. */
async function delegators(deps: Deps, { body, actor, now }: ProposeCall): Promise<readonly string[]> {
  if (body.acting_for === undefined) return [];
  const chain = await deps.approvals.chainOf(body.acting_for, actor, body.type, now);
  if (!chain) throw new Problem('DelegationRefused', `${body.acting_for} does not let you act in \`${body.type}\`.`);
  return chain;
}

async function withReceipt(deps: Deps, decision: Decision, call: ProposeCall) {
  if (decision.verdict !== 'allowed') return decision;
  const context = { actor: call.actor.id, now: call.now, trace: call.trace };
  return { ...decision, receipt: await deps.receipts.sign(decision, call.actor, context) };
}

const isEscalated = (decision: Decision): decision is ApprovalRequest['decision'] =>
  decision.escalation_id !== null && decision.deciding_level !== null;

function requestOf(
  decision: ApprovalRequest['decision'],
  terms: Terms,
  actor: Actor,
  chain: readonly string[],
): ApprovalRequest {
  const digest = requestDigest(decision.proposal, actor, decision.policies.version);
  return {
    decision,
    targetDomain: targetDomain(decision.proposal, decision),
    digest,
    terms,
    person: personOf(actor),
    chain,
  };
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
