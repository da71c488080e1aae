import { ApiEnv, CommitEnv } from '../shared/env.ts';

export const ApprovalsApiEnv = ApiEnv;

export const ApprovalsConsumerEnv = CommitEnv;
