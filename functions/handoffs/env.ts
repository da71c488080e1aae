import * as z from 'zod';
import { ApiEnv, CommitEnv } from '../shared/env.ts';

export const HandoffsApiEnv = ApiEnv;

export const HandoffsStepsEnv = CommitEnv;

/** The workflow that keeps the clocks of handoffs. */
const WorkflowEnv = z.object({ HANDOFF_WORKFLOW_ARN: z.string().min(1) });

export const HandoffsConsumerEnv = CommitEnv.extend(WorkflowEnv.shape);

export const HandoffsSweeperEnv = CommitEnv.extend(WorkflowEnv.shape);
