import * as z from 'zod';
import { BreakGlassId, DecisionId, EscalationId, PrincipalId, Timestamp } from '../shared/ids.ts';
import { RequestDigest } from './escalation-contract.ts';

/** One approval that a person gave alone, and its review by another. */
export const BreakGlass = z
  .strictObject({
    id: BreakGlassId,
    version: z.int().min(1),
    state: z.literal(['open', 'closed']).meta({ description: 'Of the review.' }),
    escalation_id: EscalationId,
    decision_id: DecisionId,
    requested_by: PrincipalId,
    requester_person: z
      .string()
      .nullable()
      .meta({ description: 'Fingerprint of the requester, where it is a person.' }),
    used_by: PrincipalId,
    person: z
      .string()
      .nullable()
      .meta({ description: 'Fingerprint of the credential, of a person; one credential is one person.' }),
    reason: z.string(),
    used_at: Timestamp,
    approval_expires_at: Timestamp,
    review_due_at: Timestamp,
    next_notice_at: Timestamp.meta({ description: 'When people are told next that the review is overdue.' }),
    notices: z.int().min(0),
    finding: z.string().nullable(),
    verdict: z.literal(['justified', 'unjustified']).nullable(),
    closed_by: PrincipalId.nullable(),
    closed_at: Timestamp.nullable(),
  })
  .meta({ id: 'BreakGlass' });
export type BreakGlass = z.output<typeof BreakGlass>;

export const NewBreakGlass = z
  .strictObject({
    escalation_id: EscalationId,
    request_digest: RequestDigest,
    reason: z.string().trim().min(20).max(2_000),
    minutes: z.int().min(1).max(60).meta({ description: 'How long the approval can be redeemed.' }),
  })
  .meta({ id: 'NewBreakGlass' });
export type NewBreakGlass = z.output<typeof NewBreakGlass>;

export const ReviewClosure = z
  .strictObject({
    finding: z.string().trim().min(1).max(8_000),
    verdict: z.literal(['justified', 'unjustified']),
  })
  .meta({ id: 'ReviewClosure' });
export type ReviewClosure = z.output<typeof ReviewClosure>;
