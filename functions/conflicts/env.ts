import * as z from 'zod';
import { ApiEnv, CommitEnv } from '../shared/env.ts';

export const ConflictsApiEnv = ApiEnv;

export const ConflictsStepsEnv = CommitEnv;

/** The workflow that keeps the clocks of conflicts. */
const WorkflowEnv = z.object({ CONFLICT_WORKFLOW_ARN: z.string().min(1) });

export const ConflictsConsumerEnv = CommitEnv.extend(WorkflowEnv.shape);

export const ConflictsSweeperEnv = CommitEnv.extend(WorkflowEnv.shape);
