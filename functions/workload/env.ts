import { ApiEnv, CommitEnv, Count } from '../shared/env.ts';

export const WorkloadApiEnv = ApiEnv.extend({ LEASE_SECONDS: Count });

export const WorkloadConsumerEnv = CommitEnv;

export const WorkloadSweeperEnv = CommitEnv;
