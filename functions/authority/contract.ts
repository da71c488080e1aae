import * as z from 'zod';
import { defineRoutes, Level } from '../shared/contract.ts';
import { DecisionId } from '../shared/ids.ts';
import type { Terms } from './approval-contract.ts';
import { Decision, DecisionProposal, Outcome } from './decision-contract.ts';
import { Matrix, MatrixChange } from './matrix-contract.ts';

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
    retryAfter: true,
    errors: ['RetentionLowered', 'DelegationRefused', 'VersionConflict'],
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
      'LimitReached',
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
export * from './decision-contract.ts';
export * from './events.ts';
export * from './mandate.ts';
export * from './matrix-contract.ts';
export { recordedQuestion } from './question-model.ts';
