import * as z from 'zod';
import { Classification, Level, PrincipalKind } from '../shared/contract.ts';
import { DomainId, PrincipalId, TeamId } from '../shared/ids.ts';

/** Cedar's wasm build turns integers beyond ±(2^53 - 1) into floats, which no policy can compare. */
const amount = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const reference = z.string().min(1).max(256);
const names = z.array(z.string().min(1).max(128)).max(256).readonly();

export const PolicyAction = z.literal(['decide', 'call_tool', 'communicate', 'access_data', 'change_system', 'spend']);
export type PolicyAction = z.infer<typeof PolicyAction>;

/** The level that a kind always has; a human may stand at any. */
const levelOf = { agent: 'agent', domain_orchestrator: 'domain', enterprise_orchestrator: 'enterprise' } as const;

/** Who asks. An agent names its team and domain, a domain orchestrator its domain; the others belong to none. */
export const PolicyPrincipal = z
  .strictObject({
    id: PrincipalId,
    kind: PrincipalKind,
    level: Level,
    domain: DomainId.optional(),
    team: TeamId.optional(),
    roles: names,
    approved_tools: names,
  })
  .refine(({ kind, level }) => kind === 'human' || levelOf[kind] === level, {
    path: ['level'],
    error: 'level does not belong to this kind of principal',
  })
  .refine(({ kind, domain }) => domain !== undefined || !['agent', 'domain_orchestrator'].includes(kind), {
    path: ['domain'],
    error: 'an agent or domain orchestrator names its domain',
  })
  .refine(({ kind, team }) => team !== undefined || kind !== 'agent', {
    path: ['team'],
    error: 'an agent names its team',
  });
export type PolicyPrincipal = z.infer<typeof PolicyPrincipal>;

/** What is acted on. */
export const PolicyTarget = z.strictObject({
  type: z.string().min(1).max(64),
  id: reference,
  domain: DomainId,
  classification: Classification,
});

/** What the action is expected to consume; money in micro-dollars, storage in bytes, time in seconds. */
export const PolicyEstimate = z.strictObject({
  cost_micro_usd: amount,
  tokens: amount,
  api_calls: amount,
  storage_bytes: amount,
  wall_clock_seconds: amount,
});

/** What has been shown about a change before it is made. */
export const PolicyEvidence = z.strictObject({
  reviewers: amount,
  tests_passed: z.boolean(),
  coverage_percent: z.int().min(0).max(100),
  docs_updated: z.boolean(),
  security_scan_passed: z.boolean(),
  incident_reported: z.boolean().optional(),
});

export const PolicyCommunication = z.strictObject({
  audience: z.literal(['internal', 'partner', 'public']),
  channel: z.string().min(1).max(128),
  contains_personal_data: z.boolean(),
  approved_template: z.boolean().optional(),
});

/** The circumstances; `now` is UTC to the millisecond, as `Date#toISOString` writes it, so that a replay is exact. */
export const PolicyContext = z.strictObject({
  decision_type: z.string().min(1).max(128),
  classification: Classification,
  now: z.iso.datetime({ precision: 3 }),
  tool: z.string().min(1).max(128).optional(),
  arguments_digest: z.string().min(1).max(128).optional(),
  estimate: PolicyEstimate,
  evidence: PolicyEvidence.optional(),
  communication: PolicyCommunication.optional(),
});

export type PolicyContext = z.infer<typeof PolicyContext>;

/** One question to the policies. */
export const PolicyRequest = z.strictObject({
  principal: PolicyPrincipal,
  action: PolicyAction,
  target: PolicyTarget,
  context: PolicyContext,
});
export type PolicyRequest = z.infer<typeof PolicyRequest>;
