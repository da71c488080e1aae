import * as z from 'zod';
import { ApiEnv, CheckpointEnv, CommitEnv } from '../shared/env.ts';

export const AuditApiEnv = ApiEnv;

const ArchiveEnv = z.object({
  ARCHIVE_BUCKET: z.string().min(1),
  ARCHIVE_LOCK_MODE: z.literal(['GOVERNANCE', 'COMPLIANCE']),
});

export const AuditReconcilerEnv = CommitEnv.extend(ArchiveEnv.shape);

export const AuditSealerEnv = CommitEnv.extend(ArchiveEnv.shape).extend(CheckpointEnv.shape);
