import type { Consumption } from '../limits/contract.ts';
import type { PolicyPrincipal, PolicyRequest, PolicyVerdict } from '../policies/contract.ts';
import { addSeconds } from '../shared/clock.ts';
import { longer, retentionDays } from '../shared/ledger.ts';
import { type Actor, homeOf } from '../shared/principal.ts';
import type { Decision, DecisionProposal, Matrix, Outcome, Reason, Terms, Verdict } from './contract.ts';
import { above, consultMatrix, higher, type MatrixFinding, termsOf } from './matrix.ts';
import type { ReservationAsked } from '../limits/contract.ts';
import { questionOf, targetDomain } from './question-model.ts';
import type * as z from 'zod';

export { actionOf, targetDomain } from './question-model.ts';

function policyPrincipal({ id, kind, level, domain, team, roles, approved_tools }: Actor): PolicyPrincipal {
  const home = domain === 'enterprise' ? {} : { domain };
  return {
    id,
    kind,
    level,
    ...home,
    ...(team ? { team } : {}),
    roles: [...roles],
    approved_tools: [...approved_tools],
  };
}

/** The question that a proposal puts to the policies. */
export const policyQuestion = (proposal: DecisionProposal, actor: Actor, now: Date): PolicyRequest =>
  questionOf(proposal, policyPrincipal(actor), actor.domain, now.toISOString());

export type Given = {
  id: string;
  entryId: string;
  escalationId: string;
  proposal: DecisionProposal;
  actor: Actor;
  matrix: Matrix | undefined;
  policies: PolicyVerdict;
  now: Date;
  outcomeDueHours: number;
};

export type Judged =
  { kind: 'judged'; decision: Decision; terms: Terms } | { kind: 'refuse'; why: 'RetentionLowered'; detail: string };

/**
 * The verdict. Both the matrix and the policies must allow; either may escalate; either may deny, and a denial wins.
 * Nothing is executed unless both allow.
 */
export function judge(given: Given): Judged {
  const { proposal, actor, policies, matrix, now } = given;
  const question = { type: proposal.type, targetDomain: targetDomain(proposal, actor), tool: proposal.tool?.name };
  const found = consultMatrix(matrix, actor, question);
  const derived = found.row?.retention ?? 'standard';
  if (proposal.retention && retentionDays[proposal.retention] < retentionDays[derived]) {
    return { kind: 'refuse', why: 'RetentionLowered', detail: `\`${proposal.type}\` is kept as ${derived} at least.` };
  }
  const { verdict, decidingLevel } = combine(found, policies, actor);
  const due = verdict === 'allowed' ? addSeconds(now, given.outcomeDueHours * 3600).toISOString() : null;
  const decision: Decision = {
    id: given.id,
    version: 1,
    verdict,
    reasons: [found.reason, policyReason(policies)],
    deciding_level: decidingLevel,
    matrix: { version: matrix?.version ?? 0, row: found.row?.id ?? null },
    policies,
    escalation_id: verdict === 'escalated' ? given.escalationId : null,
    approval: verdict === 'escalated' ? { state: 'open', reason: null, expires_at: null } : null,
    redeemed_at: null,
    entry_id: given.entryId,
    receipt: null,
    proposed_by: actor.id,
    principal: policyPrincipal(actor),
    domain: actor.domain,
    proposed_at: now.toISOString(),
    outcome_due_at: due,
    outcome_overdue: false,
    outcome: null,
    reservation: null,
    retention: longer(derived, proposal.retention ?? 'standard'),
    proposal,
  };
  return { kind: 'judged', decision, terms: termsOf(found.row, proposal.urgency, actor) };
}

function combine(found: MatrixFinding, policies: PolicyVerdict, actor: Actor) {
  // What the policies say while they are only observed is recorded, and binds nobody.
  const asked = policies.enforced ? policies.effect : 'allow';
  if (found.effect === 'deny' || asked === 'deny') {
    return { verdict: 'denied' as Verdict, decidingLevel: found.decidingLevel };
  }
  if (found.effect === 'escalate' || asked === 'escalate') {
    // A policy asks for more eyes than the matrix does: at least the level above the one that asked.
    const least = asked === 'escalate' ? above(actor.level) : actor.level;
    const byMatrix = found.effect === 'escalate' ? found.decidingLevel : null;
    return { verdict: 'escalated' as Verdict, decidingLevel: higher(byMatrix ?? least, least) };
  }
  return { verdict: 'allowed' as Verdict, decidingLevel: found.decidingLevel };
}

export function policyReason(policies: PolicyVerdict): Reason {
  const reason = verdictReason(policies);
  if (policies.enforced || policies.effect === 'allow') return reason;
  return { ...reason, code: 'Observed', detail: `Observed, not enforced: ${reason.detail}` };
}

function verdictReason(policies: PolicyVerdict): Reason {
  const ids = policies.determining.join(', ');
  const source = 'policies';
  if (policies.errors.length > 0) return { source, code: 'EvaluationFailed', detail: policies.errors.join('; ') };
  if (policies.effect === 'allow') return { source, code: 'Permitted', detail: `Permitted by ${ids}.` };
  if (ids === '') return { source, code: 'NoPermit', detail: 'No policy permits this.' };
  const advice = policies.advice.length > 0 ? ` ${policies.advice.join(' ')}` : '';
  const code = policies.effect === 'escalate' ? 'NeedsHigherLevel' : 'Forbidden';
  return { source, code, detail: `Forbidden by ${ids}.${advice}` };
}

/** What an allowed decision asks of the limits of its actor; it goes back when no outcome is recorded in time. */
export const reservationAsked = (
  { proposal, outcome_due_at }: Decision,
  { actor, now, trace }: Pick<ReservationAsked, 'now' | 'trace'> & { actor: Actor },
): ReservationAsked => ({
  holder: homeOf(actor),
  amounts: proposal.estimate ?? {},
  expiresAt: outcome_due_at ?? now.toISOString(),
  now,
  trace,
});

/** The decision once what it is about to consume is reserved. */
export const withReservation = (decision: Decision, reservation: Decision['reservation']): Decision => ({
  ...decision,
  reservation,
});

/** The decision that everything else allowed, and for which its limits have nothing left: nothing is executed. */
export const deniedByLimits = (decision: Decision, { code, detail }: Pick<Reason, 'code' | 'detail'>): Decision => ({
  ...decision,
  verdict: 'denied',
  reasons: [...decision.reasons, { source: 'limits', code, detail }],
  outcome_due_at: null,
});

export type OutcomeDecision =
  | { kind: 'record'; next: Decision }
  | { kind: 'refuse'; why: 'NotTheDecider' | 'NothingWasExecuted' | 'OutcomeAlreadyRecorded' };

/** Whether an outcome may be recorded, and the decision that carries it. A late outcome is better than none. */
export function decideOutcome(
  decision: Decision,
  by: Pick<Actor, 'id'>,
  outcome: z.output<typeof Outcome>,
  recorded: { at: Date; entryId: string },
): OutcomeDecision {
  if (decision.proposed_by !== by.id) return { kind: 'refuse', why: 'NotTheDecider' };
  if (decision.verdict !== 'allowed') return { kind: 'refuse', why: 'NothingWasExecuted' };
  if (decision.outcome) return { kind: 'refuse', why: 'OutcomeAlreadyRecorded' };
  const kept = { ...outcome, recorded_at: recorded.at.toISOString(), entry_id: recorded.entryId };
  return { kind: 'record', next: { ...decision, outcome: kept, version: decision.version + 1 } };
}

/** The decision with its outcome, once what it reserved is settled. */
export function withSettlement(
  decision: Decision,
  { reservation, overrun }: { reservation: Decision['reservation']; overrun: Consumption },
): Decision {
  const { outcome } = decision;
  const isOver = outcome !== null && Object.keys(overrun).length > 0;
  return { ...decision, reservation, outcome: isOver ? { ...outcome, overrun } : outcome };
}

/** The decision once its missing outcome has been raised; undefined when there is nothing to raise. */
export function missOutcome(decision: Decision, now: Date): Decision | undefined {
  const due = decision.outcome_due_at;
  if (due === null || decision.outcome || decision.outcome_overdue || new Date(due) > now) return undefined;
  return { ...decision, outcome_overdue: true, version: decision.version + 1 };
}
