import * as z from 'zod';
import { defineRoutes } from '../shared/contract.ts';
import { EnforcementMode } from './lifecycle-contract.ts';
import { PolicyRequest } from './request-contract.ts';
import { PolicyId, PolicyVerdict, PolicyVersion } from './set-contract.ts';

/** A part of a policy, with its place in the policy's text; both count from 1, the column in characters. */
export const Clause = z.strictObject({
  part: z.literal(['scope', 'when', 'unless', 'whole']),
  text: z.string(),
  holds: z.boolean().meta({ description: 'What the part by itself is for this request.' }),
  line: z.int().min(1),
  column: z.int().min(1),
});
export type Clause = z.infer<typeof Clause>;

export const ExplainedPolicy = z.strictObject({
  policy_id: PolicyId,
  effect: z.literal(['permit', 'forbid']),
  title: z.string(),
  advice: z.string(),
  clauses: z.array(Clause),
});
export type ExplainedPolicy = z.infer<typeof ExplainedPolicy>;

const scalar = z.union([z.string(), z.number(), z.boolean()]);
/** A field of the context, or one of its records. */
const value = z.union([scalar, z.record(z.string(), scalar)]);

/** A change of the request's context; `to` is absent where the field is to be left out, `from` where it was. */
export const ContextChange = z.strictObject({
  pointer: z.string().meta({ example: '/context/evidence/tests_passed' }),
  from: value.optional(),
  to: value.optional(),
});
export type ContextChange = z.infer<typeof ContextChange>;

export const FlipOption = z.strictObject({
  changes: z.array(ContextChange).min(1).max(3),
  effect: z.literal(['allow', 'deny', 'escalate']),
});
export type FlipOption = z.infer<typeof FlipOption>;

export const Evaluation = z
  .strictObject({
    verdict: PolicyVerdict,
    mode: EnforcementMode,
    determining: z.array(ExplainedPolicy).meta({ description: 'The policies that decided, and by which clauses.' }),
    unmet: z.array(ExplainedPolicy).meta({
      description: 'Where nothing permits: every permit, and the clauses for which it does not.',
    }),
    flips: z.array(FlipOption).max(10).meta({
      description: 'Smallest changes of the context that give another verdict; `allow` first.',
    }),
    search: z
      .strictObject({
        size: z.int().min(0).max(3).meta({ description: 'Fields changed together, up to this many.' }),
        exhaustive: z.boolean().meta({
          description:
            'Whether every combination up to that size was tried, of the values that the policies tell apart. ' +
            'Only then does an empty list say that there is none.',
        }),
        evaluations: z.int().min(0),
      })
      .meta({ description: 'How far was looked for them.' }),
  })
  .meta({ id: 'PolicyEvaluation' });
export type Evaluation = z.infer<typeof Evaluation>;

export const evaluationRoutes = defineRoutes({
  evaluatePolicies: {
    method: 'POST',
    path: '/policies/evaluations',
    summary: 'Try a request: the verdict, why, and what would change it. Changes and records nothing',
    scope: 'policies:read',
    body: z.strictObject({
      request: PolicyRequest,
      version: PolicyVersion.optional().meta({ description: 'The version in force where absent.' }),
    }),
    ok: Evaluation,
    errors: ['NotFound'],
  },
});
