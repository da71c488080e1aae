import * as z from 'zod';
import { Concerns, defineEvent, Level } from '../shared/contract.ts';

const decided = z.object({
  decision_id: z.string(),
  decision_type: z.string(),
  proposed_by: z.string(),
  policy_version: z.int(),
  matrix_row: z.string().nullable(),
  concerns: Concerns,
});

export const decisionAllowed = defineEvent(
  'orchestra.decision.allowed.v1',
  'A proposed decision was allowed.',
  decided,
);
export const decisionDenied = defineEvent('orchestra.decision.denied.v1', 'A proposed decision was denied.', decided);
export const decisionEscalated = defineEvent(
  'orchestra.decision.escalated.v1',
  'A proposed decision must be taken by a higher level.',
  decided.extend({ escalation_id: z.string(), deciding_level: Level }),
);
export const decisionRedeemed = defineEvent(
  'orchestra.decision.redeemed.v1',
  'The approval of an escalated decision was redeemed: it is allowed now.',
  decided.extend({ escalation_id: z.string() }),
);
const outcome = z.object({ decision_id: z.string(), proposed_by: z.string(), concerns: Concerns });
export const outcomeRecorded = defineEvent(
  'orchestra.outcome.recorded.v1',
  'The outcome of an allowed decision was recorded.',
  outcome.extend({ result: z.string() }),
);
export const outcomeMissed = defineEvent(
  'orchestra.outcome.missed.v1',
  'An allowed decision has no outcome after its time.',
  outcome.extend({ due_at: z.string() }),
);
export const matrixChanged = defineEvent(
  'orchestra.matrix.changed.v1',
  'Another authority matrix came into force.',
  z.object({ version: z.int(), rows: z.int(), concerns: Concerns }),
);
export const receiptKeyPublished = defineEvent(
  'orchestra.receipt-key.published.v1',
  'A new key for receipts was published.',
  z.object({ kid: z.string(), signs_until: z.string(), concerns: Concerns }),
);
