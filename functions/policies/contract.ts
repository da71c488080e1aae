import * as z from 'zod';
import { Concerns, defineEvent, defineRoutes } from '../shared/contract.ts';
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

/** One question to the policies. */
export const PolicyRequest = z.strictObject({
  principal: PolicyPrincipal,
  action: PolicyAction,
  target: PolicyTarget,
  context: PolicyContext,
});
export type PolicyRequest = z.infer<typeof PolicyRequest>;

/** Whose policy it is: `enterprise`, `domain:platform`, `team:checkout`. */
export const PolicyLayer = z.union([
  z.literal('enterprise'),
  z.templateLiteral(['domain:', DomainId]),
  z.templateLiteral(['team:', TeamId]),
]);
export type PolicyLayer = z.infer<typeof PolicyLayer>;

export const PolicyKind = z.literal([
  'access_control',
  'quality_standard',
  'communication_rule',
  'resource_limit',
  'baseline',
]);
export type PolicyKind = z.infer<typeof PolicyKind>;

export const PolicyId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);

/** One Cedar policy. `id`, `title` and `kind` repeat the annotations of `text`; validation refuses a difference. */
export const PolicyDocument = z.strictObject({
  id: PolicyId,
  layer: PolicyLayer,
  title: z.string().min(1).max(256),
  kind: PolicyKind,
  text: z.string().min(1).max(10_240),
});
export type PolicyDocument = z.infer<typeof PolicyDocument>;

/** An immutable set of policies; `digest` is `policySetDigest(policies)`, SHA-256 in lower-case hex. */
export const PolicySetVersion = z.strictObject({
  version: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  created_at: z.iso.datetime(),
  created_by: reference,
  policies: z.array(PolicyDocument).max(1_000),
});
export type PolicySetVersion = z.infer<typeof PolicySetVersion>;

/**
 * The answer. `determining` names the policies that decided, sorted; it is empty when no policy permits, or when the
 * policies could not be evaluated, which `errors` then explains. `escalate` executes nothing: a higher level decides.
 */
export const PolicyVerdict = z.strictObject({
  effect: z.literal(['allow', 'deny', 'escalate']),
  determining: z.array(PolicyId),
  advice: z.array(z.string()),
  errors: z.array(z.string()),
  version: z.int(),
});
export type PolicyVerdict = z.infer<typeof PolicyVerdict>;

/** One fault; `line` and `column` count from 1, in characters of the document's `text` (of the file, for a file). */
export const PolicyFault = z.strictObject({
  policy_id: z.string().optional(),
  message: z.string(),
  line: z.int().min(1).optional(),
  column: z.int().min(1).optional(),
});
export type PolicyFault = z.infer<typeof PolicyFault>;

export const ValidationReport = z.strictObject({ valid: z.boolean(), faults: z.array(PolicyFault) });
export type ValidationReport = z.infer<typeof ValidationReport>;

/** The pointer to the version in force. `version` counts the activations, `policy_version` names the set. */
export const ActivePolicies = z
  .strictObject({
    version: z.int().min(1),
    policy_version: z.int().min(1),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    activated_at: z.iso.datetime(),
  })
  .meta({ id: 'ActivePolicies' });
export type ActivePolicies = z.infer<typeof ActivePolicies>;

export const routes = defineRoutes({
  getActivePolicies: {
    method: 'GET',
    path: '/policies',
    summary: 'The policy set in force',
    scope: 'policies:read',
    ok: PolicySetVersion,
    errors: ['NotFound'],
  },
  getPolicyVersion: {
    method: 'GET',
    path: '/policies/versions/{version}',
    summary: 'One immutable version of the policy set',
    scope: 'policies:read',
    params: z.strictObject({ version: z.coerce.number().int().min(1).max(1_000_000_000) }),
    ok: PolicySetVersion,
    errors: ['NotFound'],
  },
  getPolicySchema: {
    method: 'GET',
    path: '/policies/schema',
    summary: 'The Cedar schema that every policy is validated against',
    scope: 'policies:read',
    ok: z.string(),
    produces: ['text/plain'],
    cacheSeconds: 300,
    errors: [],
  },
  validatePolicies: {
    method: 'POST',
    path: '/policies/validations',
    summary: 'Validate a policy set strictly, without storing it',
    scope: 'policies:read',
    body: z.strictObject({ policies: z.array(PolicyDocument).max(200) }),
    ok: ValidationReport,
    errors: [],
  },
});

export const policiesActivated = defineEvent(
  'orchestra.policies.activated.v1',
  'Another policy version came into force.',
  z.object({ policy_version: z.int(), digest: z.string(), concerns: Concerns }),
);
