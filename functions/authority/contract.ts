import * as z from 'zod';
import {
  PolicyAction,
  PolicyCommunication,
  PolicyEstimate,
  PolicyEvidence,
  PolicyPrincipal,
  PolicyVerdict,
} from '../policies/contract.ts';
import { Classification, defineRoutes, Level } from '../shared/contract.ts';
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
import { Retention } from '../shared/ledger.ts';
import { Approval, type Terms } from './approval-contract.ts';
import { DecisionType, Matrix, MatrixChange, Urgency } from './matrix-contract.ts';

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
    source: z.literal(['matrix', 'policies', 'approval']),
    code: z.string().meta({ example: 'ToolNotApproved' }),
    detail: z.string(),
  })
  .meta({ id: 'VerdictReason' });
export type Reason = z.output<typeof Reason>;

export const Outcome = z
  .strictObject({
    result: z.literal(['succeeded', 'failed', 'abandoned']),
    summary: text(8_000),
    actual_cost_micro_usd: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  })
  .meta({ id: 'Outcome' });

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
    outcome: Outcome.extend({ recorded_at: Timestamp, entry_id: EntryId }).nullable(),
    retention: Retention,
    proposal: DecisionProposal,
  })
  .meta({ id: 'Decision' });
export type Decision = z.output<typeof Decision>;

export const Jwks = z
  .strictObject({
    keys: z.array(z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string(), use: z.string() })),
  })
  .meta({ id: 'JsonWebKeySet' });

const byId = z.strictObject({ id: DecisionId });

export const routes = defineRoutes({
  proposeDecision: {
    method: 'POST',
    path: '/decisions',
    summary: 'Propose a decision; the verdict is in the answer',
    scope: 'decisions:write',
    body: DecisionProposal,
    ok: Decision,
    status: 201,
    errors: ['RetentionLowered', 'DelegationRefused'],
  },
  getDecision: {
    method: 'GET',
    path: '/decisions/{id}',
    summary: 'One decision, with its verdict and outcome',
    scope: 'decisions:read',
    params: byId,
    ok: Decision,
    etag: true,
    errors: ['NotFound'],
  },
  recordOutcome: {
    method: 'POST',
    path: '/decisions/{id}/outcome',
    summary: 'Record what came of an allowed decision',
    scope: 'decisions:write',
    params: byId,
    body: Outcome,
    ok: Decision,
    errors: ['NotFound', 'NotTheDecider', 'NothingWasExecuted', 'OutcomeAlreadyRecorded', 'VersionConflict'],
  },
  redeemApproval: {
    method: 'POST',
    path: '/decisions/{id}/redemption',
    summary: 'Redeem the approval of an escalated decision, once, with the very request that was approved',
    scope: 'decisions:write',
    params: byId,
    body: DecisionProposal,
    ok: Decision,
    errors: [
      'NotFound',
      'NotTheDecider',
      'ApprovalMissing',
      'ApprovalExpired',
      'ApprovalMismatch',
      'ApprovalStale',
      'ApprovalOverruled',
      'AlreadyRedeemed',
      'VersionConflict',
    ],
  },
  getMatrix: {
    method: 'GET',
    path: '/matrix',
    summary: 'The authority matrix in force',
    scope: 'decisions:read',
    ok: Matrix,
    etag: true,
    errors: ['NotFound'],
  },
  changeMatrix: {
    method: 'PUT',
    path: '/matrix',
    summary: 'Put another matrix in force, by a decision about it',
    scope: 'policies:write',
    principals: ['enterprise_orchestrator', 'human'],
    body: MatrixChange,
    ok: Matrix,
    etag: true,
    ifMatch: true,
    errors: ['NotFound', 'MandateMissing', 'MatrixInvalid', 'PreconditionFailed', 'VersionConflict'],
  },
  getJwks: {
    method: 'GET',
    path: '/jwks.json',
    summary: 'Public keys that receipts verify with',
    scope: null,
    ok: Jwks,
    cacheSeconds: 60,
    errors: [],
  },
});

/** An escalated decision, and how its escalation is to be decided. */
export type ApprovalRequest = {
  decision: Decision & { escalation_id: string; deciding_level: Level };
  /** Domain whose resource is acted on. */
  targetDomain: string;
  /** `sha256:` and the digest of the very request. */
  digest: string;
  terms: Terms;
  /** Fingerprint of the credential of a requester who is a person. */
  person: string | null;
  /** Who delegated to the requester what it acts under, from the first delegator on. */
  chain: readonly string[];
};

export * from './approval-contract.ts';
export * from './events.ts';
export * from './mandate.ts';
export * from './matrix-contract.ts';
