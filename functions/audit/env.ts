import * as z from 'zod';
import { ApiEnv, CheckpointEnv, CommitEnv, DataSubjectsEnv } from '../shared/env.ts';

export const AuditApiEnv = ApiEnv.extend(DataSubjectsEnv.shape);

const ArchiveEnv = z.object({
  ARCHIVE_BUCKET: z.string().min(1),
  ARCHIVE_LOCK_MODE: z.literal(['GOVERNANCE', 'COMPLIANCE']),
});

export const AuditReconcilerEnv = CommitEnv.extend(ArchiveEnv.shape);

export const AuditSealerEnv = CommitEnv.extend(ArchiveEnv.shape).extend(CheckpointEnv.shape);
