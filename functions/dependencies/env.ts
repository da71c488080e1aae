import { ApiEnv, CommitEnv } from '../shared/env.ts';

export const DependenciesApiEnv = ApiEnv;

export const DependenciesConsumerEnv = CommitEnv;

export const DependenciesSweeperEnv = CommitEnv;
