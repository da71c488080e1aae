import * as z from 'zod';
import { defineRoutes, pageOf, PageQuery } from '../shared/contract.ts';
import { Timestamp } from '../shared/ids.ts';
import { PolicyDocument, PolicySetLabel, PolicyVersion } from './set-contract.ts';

const reason = z.string().trim().min(1).max(500);
const DecisionId = z.string().regex(/^dec_[0-9a-f-]{36}$/);

/** `observe`: what the policies say is recorded and binds nobody; the authority matrix still does. */
export const EnforcementMode = z.literal(['enforce', 'observe']);

/**
 * The pointer to the version in force. `version` counts its changes, `policy_version` names the set. `previous` is what a
 * rollback goes back to. Whoever reads it after `observe_until` enforces, whatever `mode` still says.
 */
export const ActivePolicies = z
  .strictObject({
    version: z.int().min(1),
    policy_version: PolicyVersion,
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    activated_at: z.iso.datetime(),
    activated_by: z.string().optional(),
    previous: PolicyVersion.nullable().default(null),
    mode: EnforcementMode.default('enforce'),
    observe_until: Timestamp.nullable().default(null),
  })
  .meta({ id: 'ActivePolicies' });
export type ActivePolicies = z.infer<typeof ActivePolicies>;

/** One version in a list. */
export const PolicyVersionSummary = PolicySetLabel.extend({
  state: z.literal(['in_force', 'previous', 'stored']).meta({
    description: '`previous` is the one that a rollback goes back to.',
  }),
}).meta({ id: 'PolicyVersion' });
export type PolicyVersionSummary = z.infer<typeof PolicyVersionSummary>;

export const Enforcement = z
  .strictObject({
    mode: EnforcementMode,
    observe_until: Timestamp.nullable().meta({ description: 'When enforcement comes back by itself.' }),
    policy_version: PolicyVersion,
  })
  .meta({ id: 'Enforcement' });
export type Enforcement = z.infer<typeof Enforcement>;

export const EnforcementChange = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z.literal('observe'),
    minutes: z.int().min(1).max(240),
    reason,
    decision_id: DecisionId.meta({
      description:
        'Allowed decision of type `enforcement_change` about the resource `enforcement/observe/<minutes>`; serves once.',
    }),
  }),
  z.strictObject({ mode: z.literal('enforce'), reason }),
]);

const governors = ['enterprise_orchestrator', 'human'] as const;
const write = { method: 'POST', scope: 'policies:write', principals: governors } as const;

export const lifecycleRoutes = defineRoutes({
  uploadPolicies: {
    ...write,
    path: '/policies/versions',
    summary: 'Store a policy set as the next immutable version; the same set again answers the version that it has',
    // More than fits a record, so that a set which is too large is told its size.
    maxBytes: 1024 * 1024,
    body: z.strictObject({ policies: z.array(PolicyDocument).max(200), note: z.string().trim().max(500) }),
    ok: PolicyVersionSummary,
    status: 201,
    errors: ['RoleMissing', 'InvalidPolicies', 'VersionConflict'],
  },
  listPolicyVersions: {
    method: 'GET',
    path: '/policies/versions',
    summary: 'The policy versions, newest first',
    scope: 'policies:read',
    query: PageQuery,
    ok: pageOf(PolicyVersionSummary),
    errors: ['InvalidCursor'],
  },
  activatePolicies: {
    ...write,
    path: '/policies/activations',
    summary: 'Put a simulated version in force, by a decision of two people',
    body: z.strictObject({
      version: PolicyVersion,
      decision_id: DecisionId.meta({
        description:
          'Allowed decision of type `policy_change` about the resource `policy_version/<version>`; serves once.',
      }),
    }),
    ok: ActivePolicies,
    status: 201,
    errors: ['RoleMissing', 'NotFound', 'AlreadyInForce', 'SimulationMissing', 'MandateMissing', 'VersionConflict'],
  },
  rollBackPolicies: {
    ...write,
    path: '/policies/rollbacks',
    summary: 'Go back to the version that was in force before; one call, pages on-call',
    body: z.strictObject({ reason }),
    ok: ActivePolicies,
    status: 201,
    errors: ['RoleMissing', 'NotFound', 'NothingToRollBack', 'VersionConflict'],
  },
  getEnforcement: {
    method: 'GET',
    path: '/policies/enforcement',
    summary: 'Whether the policies bind, or are observed until a time',
    scope: 'policies:read',
    ok: Enforcement,
    errors: ['NotFound'],
  },
  changeEnforcement: {
    ...write,
    path: '/policies/enforcement',
    summary: 'Observe for some minutes, by a decision of two people, which pages on-call; or enforce again at once',
    body: EnforcementChange,
    ok: Enforcement,
    errors: ['RoleMissing', 'NotFound', 'MandateMissing', 'VersionConflict'],
  },
});
