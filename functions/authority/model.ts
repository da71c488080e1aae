import type { PolicyPrincipal, PolicyRequest, PolicyVerdict } from '../policies/contract.ts';
import { addSeconds } from '../shared/clock.ts';
import { longer, retentionDays } from '../shared/ledger.ts';
import type { Actor } from '../shared/principal.ts';
import type { Decision, DecisionProposal, Matrix, Outcome, Reason, Terms, Verdict } from './contract.ts';
import { above, consultMatrix, type MatrixFinding, termsOf } from './matrix.ts';
import type * as z from 'zod';

/** The domain whose resource is acted on. */
export const targetDomain = (proposal: DecisionProposal, actor: Pick<Actor, 'domain'>): string =>
  proposal.resource.domain ?? actor.domain;

/** What is done, where the proposal does not say: a tool is called, or something is decided. */
export const actionOf = ({ action, tool }: DecisionProposal): PolicyRequest['action'] =>
  action ?? (tool ? 'call_tool' : 'decide');

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
export function policyQuestion(proposal: DecisionProposal, actor: Actor, now: Date): PolicyRequest {
  const { tool, evidence, communication, classification, resource } = proposal;
  return {
    principal: policyPrincipal(actor),
    action: actionOf(proposal),
    target: {
      type: resource.type,
      id: resource.id,
      domain: targetDomain(proposal, actor),
      classification: resource.classification ?? classification,
    },
    context: {
      decision_type: proposal.type,
      classification,
      now: now.toISOString(),
      ...(tool ? { tool: tool.name, arguments_digest: tool.arguments_digest } : {}),
      estimate: estimated(proposal),
      ...(evidence ? { evidence } : {}),
      ...(communication ? { communication } : {}),
    },
  };
}

const estimated = ({ estimate }: DecisionProposal): PolicyRequest['context']['estimate'] => ({
  cost_micro_usd: estimate?.cost_micro_usd ?? 0,
  tokens: estimate?.tokens ?? 0,
  api_calls: estimate?.api_calls ?? 0,
  storage_bytes: estimate?.storage_bytes ?? 0,
  wall_clock_seconds: estimate?.wall_clock_seconds ?? 0,
});

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
    retention: longer(derived, proposal.retention ?? 'standard'),
    proposal,
  };
  return { kind: 'judged', decision, terms: termsOf(found.row, proposal.urgency, actor) };
}

function combine(found: MatrixFinding, policies: PolicyVerdict, actor: Actor) {
  if (found.effect === 'deny' || policies.effect === 'deny') {
    return { verdict: 'denied' as Verdict, decidingLevel: found.decidingLevel };
  }
  if (found.effect === 'escalate') return { verdict: 'escalated' as Verdict, decidingLevel: found.decidingLevel };
  if (policies.effect === 'escalate') {
    // A policy asks for more eyes than the matrix does: the level above the one that asked.
    return { verdict: 'escalated' as Verdict, decidingLevel: above(actor.level) };
  }
  return { verdict: 'allowed' as Verdict, decidingLevel: found.decidingLevel };
}

export function policyReason(policies: PolicyVerdict): Reason {
  const ids = policies.determining.join(', ');
  const source = 'policies';
  if (policies.errors.length > 0) return { source, code: 'EvaluationFailed', detail: policies.errors.join('; ') };
  if (policies.effect === 'allow') return { source, code: 'Permitted', detail: `Permitted by ${ids}.` };
  if (ids === '') return { source, code: 'NoPermit', detail: 'No policy permits this.' };
  const advice = policies.advice.length > 0 ? ` ${policies.advice.join(' ')}` : '';
  const code = policies.effect === 'escalate' ? 'NeedsHigherLevel' : 'Forbidden';
  return { source, code, detail: `Forbidden by ${ids}.${advice}` };
}

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

/** The decision once its missing outcome has been raised; undefined when there is nothing to raise. */
export function missOutcome(decision: Decision, now: Date): Decision | undefined {
  const due = decision.outcome_due_at;
  if (due === null || decision.outcome || decision.outcome_overdue || new Date(due) > now) return undefined;
  return { ...decision, outcome_overdue: true, version: decision.version + 1 };
}
