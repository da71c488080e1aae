import * as z from 'zod';
import { ApprovalState, DecisionType, Urgency } from '../authority/contract.ts';
import { Classification, Level } from '../shared/contract.ts';
import {
  BreakGlassId,
  DecisionId,
  DelegationId,
  EntryId,
  EscalationId,
  PrincipalId,
  Timestamp,
} from '../shared/ids.ts';
import { Retention } from '../shared/ledger.ts';

/** Digest of a request, as its approval binds it. */
export const RequestDigest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .meta({ id: 'RequestDigest', description: 'SHA-256 of the canonical JSON (RFC 8785) of the whole request.' });

export const VoteKind = z.literal(['approve', 'reject', 'return']).meta({
  id: 'VoteKind',
  description: '`return` gives the request back to be revised.',
});

export const Vote = z
  .strictObject({
    voter: PrincipalId,
    person: z
      .string()
      .nullable()
      .meta({ description: 'Fingerprint of the credential, of a person; one credential is one person.' }),
    vote: VoteKind,
    reason: z.string(),
    authority: PrincipalId.meta({ description: 'Whose authority it was: the voter, or the first of its delegators.' }),
    level: Level.meta({ description: 'Level of that authority when it voted.' }),
    delegation_id: DelegationId.nullable(),
    path: z
      .array(PrincipalId)
      .max(8)
      .meta({ description: 'Delegators, first one first; empty for a vote of its own.' }),
    persons: z.array(z.string()).max(8).meta({
      description: 'Fingerprints of the credentials of those delegators who are people.',
    }),
    voted_at: Timestamp,
    entry_id: EntryId,
  })
  .meta({ id: 'Vote' });
export type Vote = z.output<typeof Vote>;

export const Escalation = z
  .strictObject({
    id: EscalationId,
    version: z.int().min(1),
    state: ApprovalState,
    decision_id: DecisionId,
    decision_type: DecisionType,
    summary: z.string(),
    about_person: z.boolean().meta({ description: 'Whether the decision is about a natural person.' }),
    classification: Classification,
    retention: Retention,
    requested_by: PrincipalId,
    person: z
      .string()
      .nullable()
      .meta({ description: 'Fingerprint of the credential, of a person; one credential is one person.' }),
    chain: z.array(PrincipalId).max(8).meta({
      description: 'Who delegated to the requester what it acted under; none of them can approve.',
    }),
    domain: z.string(),
    target_domain: z.string(),
    cost_micro_usd: z.int().min(0).nullable().meta({ description: 'As estimated; null when nobody estimated it.' }),
    request_digest: RequestDigest,
    policy_version: z.int().min(0),
    urgency: Urgency,
    terms: z.strictObject({
      quorum: z.int().min(1).meta({ description: 'Distinct approvers that it takes.' }),
      people_only: z.boolean(),
      seconds: z.int().min(1).meta({ description: 'Time of each level.' }),
    }),
    path: z.array(Level).min(1).meta({ description: 'Levels that it may go through, first one first.' }),
    round: z.int().min(0).meta({ description: 'Place in the path of the level that it waits for.' }),
    deciding_level: Level.meta({ description: 'The level that it waits for, or waited for last.' }),
    opened_at: Timestamp,
    reminder_at: Timestamp,
    reminded: z.boolean(),
    level_deadline: Timestamp,
    votes: z.array(Vote).max(20),
    approvers: z.array(PrincipalId).max(20).meta({ description: 'Whose approvals made the quorum.' }),
    approval_expires_at: Timestamp.nullable(),
    break_glass_id: BreakGlassId.nullable(),
    closed_at: Timestamp.nullable(),
    closing_reason: z.string().nullable(),
  })
  .meta({ id: 'Escalation' });
export type Escalation = z.output<typeof Escalation>;

export const Ballot = z
  .strictObject({
    vote: VoteKind,
    reason: z.string().trim().min(1).max(2_000),
    request_digest: RequestDigest,
    delegation_id: DelegationId.optional().meta({ description: 'Votes with the authority of this delegation.' }),
  })
  .meta({ id: 'Ballot' });
export type Ballot = z.output<typeof Ballot>;
