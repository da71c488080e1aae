import * as z from 'zod';
import {
  PolicyAction,
  PolicyCommunication,
  PolicyEstimate,
  PolicyEvidence,
  PolicyPrincipal,
  PolicyVerdict,
} from '../policies/contract.ts';
import { Classification, defineRoutes, Level, pageOf, PageQuery } from '../shared/contract.ts';
import { DomainId, EntryId, PrincipalId, TaskId, Timestamp } from '../shared/ids.ts';
import { Retention } from '../shared/ledger.ts';
import { DecisionType, Matrix } from './matrix-contract.ts';

const text = (most: number) => z.string().trim().min(1).max(most);

export const DecisionId = z
  .string()
  .regex(/^dec_[0-9a-f-]{36}$/)
  .meta({ id: 'DecisionId' });
export const EscalationId = z
  .string()
  .regex(/^esc_[0-9a-f-]{36}$/)
  .meta({ id: 'EscalationId' });
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
    retention: Retention.optional().meta({ description: 'Raises the retention class of the type; never lowers it.' }),
  })
  .meta({ id: 'DecisionProposal' });
export type DecisionProposal = z.output<typeof DecisionProposal>;

export const Verdict = z.literal(['allowed', 'escalated', 'denied']).meta({ id: 'Verdict' });
export type Verdict = z.output<typeof Verdict>;

export const Reason = z
  .strictObject({
    source: z.literal(['matrix', 'policies']),
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

export const Escalation = z
  .strictObject({
    id: EscalationId,
    version: z.int().min(1),
    state: z.literal(['open', 'cancelled']),
    decision_id: DecisionId,
    decision_type: DecisionType,
    summary: z.string(),
    classification: Classification,
    requested_by: PrincipalId,
    domain: z.string(),
    deciding_level: Level,
    opened_at: Timestamp,
    closed_at: Timestamp.nullable(),
    closing_reason: z.string().nullable(),
  })
  .meta({ id: 'Escalation' });
export type Escalation = z.output<typeof Escalation>;

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
    errors: ['RetentionLowered'],
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
  listEscalations: {
    method: 'GET',
    path: '/escalations',
    summary: 'Open escalations that wait for the level of the caller, oldest first',
    scope: 'decisions:read',
    query: PageQuery,
    ok: pageOf(Escalation),
    errors: ['InvalidCursor'],
  },
  getEscalation: {
    method: 'GET',
    path: '/escalations/{id}',
    summary: 'One escalation',
    scope: 'decisions:read',
    params: z.strictObject({ id: EscalationId }),
    ok: Escalation,
    etag: true,
    errors: ['NotFound'],
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

export * from './events.ts';
export * from './mandate.ts';
export * from './matrix-contract.ts';
export { recordedQuestion } from './question-model.ts';
