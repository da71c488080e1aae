import type { PolicyVerdict } from '../policies/contract.ts';
import { addSeconds } from '../shared/clock.ts';
import type { Decision, Granted } from './contract.ts';
import type { MatrixFinding } from './matrix.ts';
import { policyReason } from './model.ts';

/** What is redeemed, by whom, and what matrix and policies say now. */
export type Redemption = {
  decision: Decision;
  granted: Granted | undefined;
  by: string;
  /** Digest of the request as it is presented, under the policies that it was decided by. */
  digest: string;
  matrixVersion: number;
  found: MatrixFinding;
  policies: PolicyVerdict;
  now: Date;
  entryId: string;
  outcomeDueHours: number;
};

export type RedemptionDecision =
  | { kind: 'redeem'; next: Decision }
  | {
      kind: 'refuse';
      why:
        | 'NotTheDecider'
        | 'AlreadyRedeemed'
        | 'ApprovalMissing'
        | 'ApprovalExpired'
        | 'ApprovalMismatch'
        | 'ApprovalStale'
        | 'ApprovalOverruled';
      detail: string;
    };

/**
 * Whether an approval may be redeemed, and the allowed decision that comes of it. It answers an `escalate`, of matrix or
 * policies; against a `deny` of either it is worth nothing.
 */
export function decideRedemption(given: Redemption): RedemptionDecision {
  const { decision, granted, now, policies } = given;
  const refuse = (why: (RedemptionDecision & { kind: 'refuse' })['why'], detail: string): RedemptionDecision => ({
    kind: 'refuse',
    why,
    detail,
  });
  if (decision.proposed_by !== given.by) return refuse('NotTheDecider', `${decision.proposed_by} proposed it.`);
  if (decision.redeemed_at !== null) return refuse('AlreadyRedeemed', `It was redeemed at ${decision.redeemed_at}.`);
  if (decision.verdict !== 'escalated' || !granted) {
    return refuse('ApprovalMissing', `The decision is ${decision.verdict}; nobody was asked.`);
  }
  if (granted.state !== 'approved') return refuse('ApprovalMissing', `The escalation is ${granted.state}.`);
  if (granted.expires_at === null || new Date(granted.expires_at) <= now) {
    return refuse('ApprovalExpired', `It held until ${granted.expires_at}.`);
  }
  if (granted.digest !== given.digest) return refuse('ApprovalMismatch', `What was approved is ${granted.digest}.`);
  // Without policies that can be read, nothing is known of what is in force.
  if (policies.errors.length > 0) return refuse('ApprovalOverruled', policyReason(policies).detail);
  if (policies.version !== decision.policies.version || given.matrixVersion !== decision.matrix.version) {
    return refuse('ApprovalStale', 'Propose it again: it was approved under other rules.');
  }
  if (given.found.effect === 'deny') return refuse('ApprovalOverruled', given.found.reason.detail);
  if (policies.enforced && policies.effect === 'deny')
    return refuse('ApprovalOverruled', policyReason(policies).detail);
  return { kind: 'redeem', next: redeemed(given, granted) };
}

function redeemed({ decision, policies, now, entryId, outcomeDueHours }: Redemption, granted: Granted): Decision {
  // What approvers write about a natural person stays in the escalation: here nothing would seal it.
  const said = decision.proposal.data_subject === undefined ? `: ${granted.reason ?? ''}` : '.';
  return {
    ...decision,
    version: decision.version + 1,
    verdict: 'allowed',
    reasons: [
      ...decision.reasons,
      { source: 'approval', code: 'Approved', detail: `Approved by ${granted.approvers.join(', ')}${said}` },
    ],
    policies,
    approval: { state: granted.state, reason: granted.reason, expires_at: granted.expires_at },
    redeemed_at: now.toISOString(),
    entry_id: entryId,
    outcome_due_at: addSeconds(now, outcomeDueHours * 3600).toISOString(),
  };
}
