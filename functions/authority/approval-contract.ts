import * as z from 'zod';
import { Timestamp } from '../shared/ids.ts';

export const ApprovalState = z
  .literal(['open', 'approved', 'rejected', 'returned', 'timed_out', 'cancelled'])
  .meta({ id: 'ApprovalState' });
export type ApprovalState = z.output<typeof ApprovalState>;

/** How the escalation of a decision stands. `timed_out` says that nobody answered, not that somebody said no. */
export const Approval = z
  .strictObject({
    state: ApprovalState,
    reason: z.string().nullable(),
    expires_at: Timestamp.nullable().meta({ description: 'When an approval can no longer be redeemed.' }),
  })
  .meta({ id: 'Approval' });
export type Approval = z.output<typeof Approval>;

/** An approval as redemption sees it. */
export type Granted = Approval & { digest: string; approvers: readonly string[] };

/** How one escalation is decided: by how many, whether people only, and in how many seconds of each level. */
export type Terms = { quorum: number; people_only: boolean; seconds: number };
