import * as z from 'zod';
import { ApiEnv, CommitEnv, jsonOf } from '../shared/env.ts';

export const PoliciesApiEnv = ApiEnv.extend({ SIMULATION_ARN: z.string().min(1) });

export const PoliciesStepsEnv = CommitEnv.extend({ DOMAINS: jsonOf(z.array(z.string()).min(1)) });

export const PoliciesSweeperEnv = CommitEnv;
