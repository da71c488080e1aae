import { ApiEnv } from '../shared/env.ts';

export const LimitsApiEnv = ApiEnv;
