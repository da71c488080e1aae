import * as z from 'zod';
import { ApiEnv, CommitEnv } from '../shared/env.ts';

export const ApprovalsApiEnv = ApiEnv;

export const ApprovalsStepsEnv = CommitEnv;

/** The workflow that keeps the clocks of escalations. */
const WorkflowEnv = z.object({ ESCALATION_WORKFLOW_ARN: z.string().min(1) });

export const ApprovalsConsumerEnv = CommitEnv.extend(WorkflowEnv.shape);

export const ApprovalsSweeperEnv = CommitEnv.extend(WorkflowEnv.shape);
