import * as z from 'zod';
import { Classification, Level } from '../shared/contract.ts';
import {
  DecisionId,
  DomainId,
  EntryId,
  HandoffId,
  PrincipalId,
  Slug,
  TaskId,
  TeamId,
  Timestamp,
} from '../shared/ids.ts';

export const HandoffPhase = z
  .literal(['prepare', 'meeting', 'support', 'closed', 'refused', 'expired', 'withdrawn'])
  .meta({
    id: 'HandoffPhase',
    description:
      '`prepare`: the package is put together; `meeting`: the recipient is walked through it; `support`: the tasks are transferred, and the handing team answers questions; `closed` ends that. `refused`, `expired` and `withdrawn` left ownership where it was.',
  });
export type HandoffPhase = z.output<typeof HandoffPhase>;

/** Text with bounds that keep a handoff, with all that it may hold, within one record. */
export const text = (most: number) => z.string().trim().min(1).max(most);

export const packageParts = ['context', 'current_state', 'outstanding_issues', 'key_decisions', 'contacts'] as const;
export const PackagePart = z.literal(packageParts).meta({ id: 'HandoffPackagePart' });
export type PackagePart = z.output<typeof PackagePart>;

const Contact = z
  .strictObject({ principal: PrincipalId, about: text(150).meta({ description: 'What to ask them about.' }) })
  .meta({ id: 'HandoffContact' });

export const parts = {
  context: text(4_000).meta({ description: 'What the tasks are about, and what happened so far.' }),
  current_state: text(3_000).meta({ description: 'What is done, what is under way, where it lies.' }),
  outstanding_issues: z.array(text(300)).max(15).meta({ description: 'Empty where there are none.' }),
  key_decisions: z
    .array(z.union([DecisionId, EntryId]))
    .max(20)
    .meta({ description: 'Decisions, or entries of the audit trail. Empty where there are none.' }),
  contacts: z.array(Contact).min(1).max(8).meta({ description: 'Who is asked about what.' }),
};

export const Package = z
  .strictObject({
    context: parts.context.nullable(),
    current_state: parts.current_state.nullable(),
    outstanding_issues: parts.outstanding_issues.nullable(),
    key_decisions: parts.key_decisions.nullable(),
    contacts: parts.contacts.nullable(),
  })
  .meta({ id: 'HandoffPackage', description: 'What the recipient is given; a part that is not there yet is null.' });
export type Package = z.output<typeof Package>;

export const Prerequisite = z
  .strictObject({
    name: Slug,
    description: z.string().max(200),
    met: z.boolean(),
    evidence: text(400).nullable(),
    met_by: PrincipalId.nullable(),
    met_at: Timestamp.nullable(),
  })
  .meta({ id: 'HandoffPrerequisite' });
export type Prerequisite = z.output<typeof Prerequisite>;

export const meetingFields = {
  at: Timestamp,
  minutes: z.int().min(5).max(480).default(30),
  agenda: z.array(text(120)).max(8).default([]),
};
export const Meeting = z
  .strictObject({
    ...meetingFields,
    sequence: z.int().min(0).meta({ description: 'How often it was moved.' }),
  })
  .meta({ id: 'HandoffMeeting' });
export type Meeting = z.output<typeof Meeting>;
export const QuestionText = text(400);
export const AnswerText = text(700);
export const Question = z
  .strictObject({
    number: z.int().min(1),
    phase: HandoffPhase.meta({ description: 'In which it was asked.' }),
    part: PackagePart.nullable(),
    question: QuestionText,
    asked_by: PrincipalId,
    asked_at: Timestamp,
    routed_to: PrincipalId.nullable().meta({
      description: 'Whose inbox it is in; null: nobody there can be reached, whoever of the team looks answers.',
    }),
    due_at: Timestamp.nullable().meta({ description: 'Of questions in the support window.' }),
    escalated_at: Timestamp.nullable().meta({ description: 'When it was overdue, and the domain was told.' }),
    answer: AnswerText.nullable(),
    answered_by: PrincipalId.nullable(),
    answered_at: Timestamp.nullable(),
    seconds: z.int().min(0).nullable().meta({ description: 'How long the answer took.' }),
  })
  .meta({ id: 'HandoffQuestion' });
export type Question = z.output<typeof Question>;

export const Confirmation = z
  .strictObject({
    part: PackagePart,
    understanding: text(800).meta({ description: 'The part in the words of who confirms it.' }),
    by: PrincipalId,
    at: Timestamp,
  })
  .meta({ id: 'HandoffConfirmation' });
export type Confirmation = z.output<typeof Confirmation>;

export const ExpectationsText = text(2_000);
export const Expectations = z
  .strictObject({
    text: ExpectationsText,
    handing: PrincipalId.nullable().meta({ description: 'Who agreed to this very text for the handing side.' }),
    receiving: PrincipalId.nullable(),
  })
  .meta({ id: 'HandoffExpectations' });
export type Expectations = z.output<typeof Expectations>;

const hour = 3_600;
const day = 24 * hour;
const seconds = (standard: number) =>
  z
    .int()
    .min(60)
    .max(30 * day)
    .default(standard);
export const Terms = z
  .strictObject({
    prepare_seconds: seconds(7 * day).meta({ description: 'Until it must be offered.' }),
    accept_seconds: seconds(day).meta({
      description: 'Until it must be accepted, from the offer or the meeting, whichever is later.',
    }),
    support_seconds: seconds(3 * day).meta({ description: 'For which the handing team answers questions.' }),
    answer_seconds: seconds(4 * hour).meta({ description: 'Until a question in the support window is overdue.' }),
  })
  .meta({ id: 'HandoffTerms' });
export type Terms = z.output<typeof Terms>;

export const Delay = z
  .strictObject({ since_opened_seconds: z.int().min(0), since_offered_seconds: z.int().min(0) })
  .meta({ id: 'HandoffDelay', description: 'What it took until the acceptance.' });
export type Delay = z.output<typeof Delay>;

const count = z.int().min(0);
export const SupportFigures = z
  .strictObject({
    questions: count,
    answered: count,
    late: count.meta({ description: 'Answered after they were due, or not at all.' }),
    unanswered: count,
    mean_answer_seconds: z.number().min(0).nullable(),
  })
  .meta({ id: 'HandoffSupportFigures' });
export type SupportFigures = z.output<typeof SupportFigures>;

export const Tasks = z
  .array(TaskId)
  .min(1)
  // Moving one takes up to six members of a transaction, and all of them move in one.
  .max(12)
  .superRefine((ids, context) => {
    for (const [index, id] of ids.entries())
      if (ids.indexOf(id) < index) context.addIssue({ code: 'custom', path: [index], message: `${id} is named twice` });
  });

export const Reason = text(1_000);

export const Handoff = z
  .strictObject({
    id: HandoffId,
    version: z.int().min(1),
    phase: HandoffPhase,
    from: z.strictObject({ domain: DomainId, team: TeamId }),
    opened_by: PrincipalId.meta({ description: 'Hands over, and is asked first in the support window.' }),
    to: z.strictObject({ domain: DomainId, team: TeamId, recipient: PrincipalId }),
    assignee: PrincipalId.nullable().meta({
      description: 'Agent that the tasks wait for afterwards; null: whoever of the team claims them.',
    }),
    tasks: Tasks,
    classification: Classification.meta({ description: 'The highest of its tasks.' }),
    package: Package,
    prerequisites: z.array(Prerequisite).max(10),
    meeting: Meeting.nullable(),
    questions: z.array(Question).max(20),
    confirmations: z.array(Confirmation).max(packageParts.length),
    expectations: Expectations.nullable(),
    terms: Terms,
    opened_at: Timestamp,
    offered_at: Timestamp.nullable(),
    accepted_at: Timestamp.nullable(),
    ended_at: Timestamp.nullable(),
    updated_at: Timestamp,
    reminder_at: Timestamp.nullable().meta({ description: 'Half of the time of the phase, where it has a reminder.' }),
    reminded: z.boolean(),
    deadline: Timestamp.nullable().meta({ description: 'End of the time of the phase; null when it is over.' }),
    ended_by: PrincipalId.nullable().meta({
      description: 'Who refused, withdrew or closed it; null: its time ran out.',
    }),
    reason: Reason.nullable(),
    escalated: z
      .strictObject({ level: Level, to: z.array(PrincipalId), at: Timestamp })
      .nullable()
      .meta({ description: 'Who was told that it ended without moving the tasks, and decides what becomes of them.' }),
    delay: Delay.nullable(),
    figures: SupportFigures.nullable().meta({ description: 'Of the support window, when it is closed.' }),
  })
  .meta({ id: 'Handoff' });
export type Handoff = z.output<typeof Handoff>;
