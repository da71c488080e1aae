import * as z from 'zod';
import { ApiEnv, jsonOf } from '../shared/env.ts';

/** `DOMAINS` are those that have an event bus in this deployment. */
export const DirectoryApiEnv = ApiEnv.extend({ DOMAINS: jsonOf(z.array(z.string()).min(1)) });
