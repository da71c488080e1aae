import { ApiEnv } from '../shared/env.ts';

export const PoliciesApiEnv = ApiEnv;
