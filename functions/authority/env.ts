import { ApiEnv, CommitEnv, Count, DataSubjectsEnv, ReceiptEnv } from '../shared/env.ts';

export const AuthorityApiEnv = ApiEnv.extend(ReceiptEnv.shape)
  .extend(DataSubjectsEnv.shape)
  .extend({ OUTCOME_DUE_HOURS: Count });

export const AuthoritySweeperEnv = CommitEnv;
