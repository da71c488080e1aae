import * as z from 'zod';
import { Concerns, defineEvent, Level } from '../shared/contract.ts';

const handoff = z.object({
  handoff_id: z.string(),
  phase: z.string(),
  domain: z.string(),
  team: z.string(),
  to_domain: z.string(),
  to_team: z.string(),
  opened_by: z.string(),
  recipient: z.string(),
  tasks: z.array(z.string()),
  concerns: Concerns,
});
const timed = handoff.extend({ deadline: z.string() });
const ended = handoff.extend({ reason: z.string().meta({ description: 'Nothing of a sensitive handoff.' }) });
const asked = handoff.extend({ question: z.int(), due_at: z.string().nullable() });

export const handoffOpened = defineEvent('orchestra.handoff.opened.v1', 'A handoff of tasks is being prepared.', timed);
export const handoffChanged = defineEvent(
  'orchestra.handoff.changed.v1',
  'Something of a handoff was said, changed, confirmed or agreed.',
  handoff.extend({ changed: z.array(z.string()).meta({ description: 'Pointers into the handoff.' }) }),
);
export const handoffOffered = defineEvent(
  'orchestra.handoff.offered.v1',
  'A complete handoff was offered: the recipient is walked through it.',
  timed.extend({ meeting_at: z.string() }),
);
export const handoffReminded = defineEvent(
  'orchestra.handoff.reminded.v1',
  'Half of the time of a phase is over.',
  timed,
);
export const handoffQuestionAsked = defineEvent(
  'orchestra.handoff.question-asked.v1',
  'The receiving side asked.',
  asked.extend({ routed_to: z.string().nullable() }),
);
export const handoffQuestionAnswered = defineEvent(
  'orchestra.handoff.question-answered.v1',
  'The handing side answered.',
  asked.extend({ seconds: z.int(), late: z.boolean() }),
);
export const handoffQuestionOverdue = defineEvent(
  'orchestra.handoff.question-overdue.v1',
  'A question of the support window was not answered in its time.',
  asked.extend({ escalated_to: z.array(z.string()) }),
);
export const handoffAccepted = defineEvent(
  'orchestra.handoff.accepted.v1',
  'The recipient accepted: the tasks belong to its team, and the support window begins.',
  timed.extend({ since_opened_seconds: z.int(), since_offered_seconds: z.int() }),
);
export const handoffRefused = defineEvent(
  'orchestra.handoff.refused.v1',
  'The recipient refused: the tasks stay where they were.',
  ended,
);
export const handoffWithdrawn = defineEvent(
  'orchestra.handoff.withdrawn.v1',
  'The handing side took a handoff back: the tasks stay where they were.',
  ended,
);
export const handoffExpired = defineEvent(
  'orchestra.handoff.expired.v1',
  'A handoff was not offered, or not accepted, in its time: the tasks stay where they were.',
  ended,
);
export const handoffEscalated = defineEvent(
  'orchestra.handoff.escalated.v1',
  'A handoff ended without moving its tasks; the level that stands over both sides was told.',
  ended.extend({ level: Level, to: z.array(z.string()) }),
);
export const handoffClosed = defineEvent(
  'orchestra.handoff.closed.v1',
  'The support window of a handoff is over.',
  handoff.extend({
    since_opened_seconds: z.int(),
    since_offered_seconds: z.int(),
    questions: z.int(),
    answered: z.int(),
    late: z.int(),
    unanswered: z.int(),
    mean_answer_seconds: z.number().nullable(),
  }),
);
