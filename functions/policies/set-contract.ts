import * as z from 'zod';
import { DomainId, TeamId } from '../shared/ids.ts';

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

/** Number of a version, from 1 without gaps. */
export const PolicyVersion = z.int().min(1).max(1_000_000_000);

/** The same, as a path names it. */
export const PolicyVersionParam = z.coerce.number().int().min(1).max(1_000_000_000).meta({ id: 'PolicyVersionNumber' });

/** What is said about a version without its policies; `digest` is `policySetDigest(policies)`, in lower-case hex. */
export const PolicySetLabel = z.strictObject({
  version: PolicyVersion,
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  created_at: z.iso.datetime(),
  created_by: z.string().min(1).max(256),
  note: z.string().max(500).default(''),
});
export type PolicySetLabel = z.infer<typeof PolicySetLabel>;

/** An immutable set of policies. */
export const PolicySetVersion = PolicySetLabel.extend({ policies: z.array(PolicyDocument).max(1_000) });
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
  enforced: z
    .boolean()
    .default(true)
    .meta({ description: 'False while the policies are only observed: the verdict is recorded and binds nobody.' }),
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
