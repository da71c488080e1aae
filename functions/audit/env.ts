import * as z from 'zod';
import { ApiEnv, CommitEnv } from '../shared/env.ts';

export const AuditApiEnv = ApiEnv;

export const AuditReconcilerEnv = CommitEnv.extend({
  ARCHIVE_BUCKET: z.string().min(1),
  ARCHIVE_LOCK_MODE: z.literal(['GOVERNANCE', 'COMPLIANCE']),
});
