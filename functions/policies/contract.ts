import * as z from 'zod';
import { defineRoutes } from '../shared/contract.ts';
import { evaluationRoutes } from './evaluation-contract.ts';
import { lifecycleRoutes } from './lifecycle-contract.ts';
import { PolicyDocument, PolicySetVersion, PolicyVersionParam, ValidationReport } from './set-contract.ts';
import { simulationRoutes } from './simulation-contract.ts';

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
    params: z.strictObject({ version: PolicyVersionParam }),
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
  ...lifecycleRoutes,
  ...simulationRoutes,
  ...evaluationRoutes,
});

export * from './evaluation-contract.ts';
export * from './events.ts';
export * from './lifecycle-contract.ts';
export * from './request-contract.ts';
export * from './set-contract.ts';
export * from './simulation-contract.ts';
