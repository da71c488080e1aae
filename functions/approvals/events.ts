import * as z from 'zod';
import { Concerns, defineEvent, Level } from '../shared/contract.ts';

const escalation = z.object({
  escalation_id: z.string(),
  decision_id: z.string(),
  requested_by: z.string(),
  concerns: Concerns,
});
const waiting = escalation.extend({
  deciding_level: Level,
  level_deadline: z.string(),
  summary: z.string().meta({ description: 'What it is about; nothing of a sensitive request.' }),
});
const ended = escalation.extend({ deciding_level: Level, reason: z.string() });

export const escalationOpened = defineEvent(
  'orchestra.escalation.opened.v1',
  'An escalation waits for a level to decide.',
  waiting,
);
export const escalationReminded = defineEvent(
  'orchestra.escalation.reminded.v1',
  'Half of the time of a level is over without an answer.',
  waiting,
);
export const escalationMovedUp = defineEvent(
  'orchestra.escalation.moved-up.v1',
  'A level did not answer in its time; the next one decides.',
  waiting.extend({ from: Level }),
);
export const escalationVoted = defineEvent(
  'orchestra.escalation.voted.v1',
  'An approval was given; the quorum is not reached yet.',
  escalation.extend({ voter: z.string(), authority: z.string(), approvals: z.int(), quorum: z.int() }),
);
export const escalationApproved = defineEvent(
  'orchestra.escalation.approved.v1',
  'A request was approved; its requester can redeem the approval.',
  ended.extend({ approval_expires_at: z.string() }),
);
export const escalationRejected = defineEvent('orchestra.escalation.rejected.v1', 'A request was rejected.', ended);
export const escalationReturned = defineEvent(
  'orchestra.escalation.returned.v1',
  'A request was returned to its requester to be revised.',
  ended,
);
export const escalationTimedOut = defineEvent(
  'orchestra.escalation.timed-out.v1',
  'No level answered a request in its time; nobody approved or rejected it.',
  ended,
);
export const escalationCancelled = defineEvent(
  'orchestra.escalation.cancelled.v1',
  'An escalation ended without a decision.',
  ended,
);

const message = z.object({ message_id: z.string(), to: z.string(), about: z.string(), concerns: Concerns });
export const messageDelivered = defineEvent(
  'orchestra.message.delivered.v1',
  'A principal has a message in its inbox.',
  message.extend({ kind: z.string() }),
);
export const messageAcknowledged = defineEvent(
  'orchestra.message.acknowledged.v1',
  'A principal acknowledged a message of its inbox.',
  message,
);

const delegation = z.object({ delegation_id: z.string(), from: z.string(), to: z.string(), concerns: Concerns });
export const delegationGiven = defineEvent(
  'orchestra.delegation.given.v1',
  'A principal lets another decide with its authority.',
  delegation.extend({ types: z.array(z.string()), expires_at: z.string() }),
);
export const delegationRevoked = defineEvent(
  'orchestra.delegation.revoked.v1',
  'A delegation was revoked, and with it all that follow from it.',
  delegation,
);

const breakGlass = z.object({
  break_glass_id: z.string(),
  escalation_id: z.string(),
  used_by: z.string(),
  concerns: Concerns,
});
export const breakGlassUsed = defineEvent(
  'orchestra.break-glass.used.v1',
  'A person approved a request alone; somebody else must review it.',
  breakGlass.extend({ approval_expires_at: z.string(), review_due_at: z.string() }),
);
export const breakGlassOverdue = defineEvent(
  'orchestra.break-glass.overdue.v1',
  'The review of a break-glass is overdue.',
  breakGlass.extend({ review_due_at: z.string(), notices: z.int() }),
);
export const breakGlassReviewed = defineEvent(
  'orchestra.break-glass.reviewed.v1',
  'A break-glass was reviewed.',
  breakGlass.extend({ verdict: z.string(), reviewed_by: z.string() }),
);
