import * as z from 'zod';
import { Consumption, Reservation } from '../limits/contract.ts';
import {
  PolicyAction,
  PolicyCommunication,
  PolicyEstimate,
  PolicyEvidence,
  PolicyPrincipal,
  PolicyVerdict,
} from '../policies/contract.ts';
import { Classification, Level } from '../shared/contract.ts';
import {
  DecisionId,
  DelegationId,
  DomainId,
  EntryId,
  EscalationId,
  PrincipalId,
  TaskId,
  Timestamp,
} from '../shared/ids.ts';
import { EntryDetails, Retention } from '../shared/ledger.ts';
import { DataSubject, Pseudonym } from '../shared/sealed-text.ts';
import { Approval } from './approval-contract.ts';
import { DecisionType, Urgency } from './matrix-contract.ts';

const text = (most: number) => z.string().trim().min(1).max(most);

/** SHA-256 of the canonical JSON (RFC 8785) of the arguments, lower-case hex. */
export const ArgumentsDigest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .meta({ id: 'ArgumentsDigest' });

export const Target = z
  .strictObject({
    type: text(64).meta({ example: 'service' }),
    id: text(256).meta({ example: 'checkout-api' }),
    domain: DomainId.optional().meta({
      description: 'Domain that the resource belongs to; that of the principal if absent.',
    }),
    classification: Classification.optional(),
  })
  .meta({ id: 'Target' });

export const DecisionProposal = z
  .strictObject({
    type: DecisionType,
    summary: text(500),
    details: z.strictObject({
      context: text(8_000),
      options_considered: z.array(text(2_000)).max(20),
      decision: text(8_000),
      reasoning: text(8_000),
    }),
    classification: Classification.default('internal'),
    related_tasks: z.array(TaskId).max(10).default([]),
    resource: Target,
    action: PolicyAction.optional().meta({ description: '`call_tool` where a tool is named, else `decide`.' }),
    tool: z.strictObject({ name: text(128), arguments_digest: ArgumentsDigest }).optional(),
    estimate: PolicyEstimate.partial()
      .optional()
      .meta({ description: 'Expected consumption; money in micro-dollars.' }),
    evidence: PolicyEvidence.optional(),
    communication: PolicyCommunication.optional(),
    data_subject: DataSubject.optional().meta({
      description:
        'The natural person that the decision is about. Its texts are then sealed under a key of that person, and ' +
        'answers give a pseudonym in place of the id. Other fields are stored as they are.',
    }),
    urgency: Urgency.default('normal').meta({ description: 'How soon an answer is needed, if it is escalated.' }),
    acting_for: DelegationId.optional().meta({
      description: 'Delegation that the proposer acts under; nobody of its chain can approve the request.',
    }),
    retention: Retention.optional().meta({ description: 'Raises the retention class of the type; never lowers it.' }),
  })
  .meta({ id: 'DecisionProposal' });
export type DecisionProposal = z.output<typeof DecisionProposal>;

export const Verdict = z.literal(['allowed', 'escalated', 'denied']).meta({ id: 'Verdict' });
export type Verdict = z.output<typeof Verdict>;

export const Reason = z
  .strictObject({
    source: z.literal(['matrix', 'policies', 'limits', 'approval']),
    code: z.string().meta({ example: 'ToolNotApproved' }),
    detail: z.string(),
  })
  .meta({ id: 'VerdictReason' });
export type Reason = z.output<typeof Reason>;

export const Outcome = z
  .strictObject({
    result: z.literal(['succeeded', 'failed', 'abandoned']),
    summary: text(8_000),
    actual: Consumption.optional().meta({ description: 'What was consumed; as estimated, where it is not said.' }),
    data_subject: DataSubject.optional().meta({
      description: 'The natural person that the outcome is about; that of the decision if absent.',
    }),
  })
  .meta({ id: 'Outcome' });

/** What is stored of a proposal: its texts as they came, or sealed, which is longer. */
const RecordedProposal = DecisionProposal.extend({
  summary: z.string(),
  details: EntryDetails.omit({ outcome: true }),
  data_subject: Pseudonym.optional(),
}).meta({ id: 'RecordedProposal' });

export const Decision = z
  .strictObject({
    id: DecisionId,
    version: z.int().min(1),
    verdict: Verdict,
    reasons: z.array(Reason).min(1),
    deciding_level: Level.nullable().meta({
      description: 'Level that decides this type; null for an unregistered one.',
    }),
    matrix: z.strictObject({ version: z.int().min(0), row: z.string().nullable() }),
    policies: PolicyVerdict,
    escalation_id: EscalationId.nullable(),
    approval: Approval.nullable().meta({ description: 'Of an escalated decision; null for any other.' }),
    redeemed_at: Timestamp.nullable(),
    entry_id: EntryId.meta({ description: 'Audit entry that records the verdict.' }),
    receipt: z.string().nullable().meta({ description: 'JWS (ES256) of an allowed decision; keys at /v1/jwks.json.' }),
    proposed_by: PrincipalId,
    principal: PolicyPrincipal.optional().meta({
      description: 'The proposer as the policies saw it, so that the question can be put again exactly.',
    }),
    domain: z.string(),
    proposed_at: Timestamp,
    outcome_due_at: Timestamp.nullable(),
    outcome_overdue: z.boolean(),
    outcome: Outcome.extend({
      summary: z.string(),
      data_subject: Pseudonym.optional(),
      recorded_at: Timestamp,
      entry_id: EntryId,
      overrun: Consumption.optional().meta({ description: 'Consumed, but charged to no limit: none was left.' }),
    }).nullable(),
    reservation: Reservation.nullable().meta({
      description: 'What the decision holds of the limits over its proposer.',
    }),
    retention: Retention,
    proposal: RecordedProposal,
  })
  .meta({ id: 'Decision' });
export type Decision = z.output<typeof Decision>;
