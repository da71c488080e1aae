import type { MessageDraft, MessageKind } from '../approvals/contract.ts';
import type { Handoff, Question } from './handoff-contract.ts';

/** A message, and the domain in whose part of the audit trail its delivery is. */
export type Addressed = { draft: MessageDraft; domain: string };
type Said = { kind: MessageKind; what: string; summary: string; due?: string | null };

const subjectLine = ({ tasks, from, to }: Handoff): string =>
  `${tasks.length === 1 ? 'one task' : `${tasks.length} tasks`} from team ${from.team} to team ${to.team}`;

/** Its id says what it is about: whatever is repeated, it is delivered once. */
function message(handoff: Handoff, to: string, domain: string, { kind, what, summary, due = null }: Said): Addressed {
  const draft: MessageDraft = {
    id: `msg_${handoff.id.slice('hnd_'.length)}-${what}`,
    to,
    kind,
    about: `handoff/${handoff.id}`,
    summary: `${summary}: ${subjectLine(handoff)}`,
    approval: null,
    due_at: due,
    classification: handoff.classification,
  };
  return { draft, domain };
}

const toRecipient = (handoff: Handoff, said: Said): Addressed =>
  message(handoff, handoff.to.recipient, handoff.to.domain, said);
const toOpener = (handoff: Handoff, said: Said): Addressed =>
  message(handoff, handoff.opened_by, handoff.from.domain, said);

export const prepared = (handoff: Handoff): Addressed[] => [
  toRecipient(handoff, {
    kind: 'handoff_prepared',
    what: 'prepared',
    summary: 'A handoff to you is being prepared',
    due: handoff.deadline,
  }),
];

export const offered = (handoff: Handoff): Addressed[] => [
  toRecipient(handoff, {
    kind: 'handoff_offered',
    what: 'offered',
    summary: 'A handoff waits to be walked through and accepted by you',
    due: handoff.deadline,
  }),
];

/** Whoever has to do something in the phase is reminded of it. */
export function reminder(handoff: Handoff): Addressed[] {
  const said = { kind: 'handoff_reminder', what: `reminder-${handoff.phase}`, due: handoff.deadline } as const;
  return handoff.phase === 'prepare'
    ? [toOpener(handoff, { ...said, summary: 'Half of the time to offer a handoff is over' })]
    : [toRecipient(handoff, { ...said, summary: 'Half of the time to accept a handoff is over' })];
}

export const questionAsked = (handoff: Handoff, { number, routed_to, due_at }: Question): Addressed[] =>
  routed_to === null
    ? []
    : [
        message(handoff, routed_to, handoff.from.domain, {
          kind: 'handoff_question',
          what: `question-${number}`,
          summary: `Question ${number} about a handoff waits for an answer`,
          due: due_at,
        }),
      ];

export const questionAnswered = (handoff: Handoff, { number, asked_by }: Question): Addressed[] => [
  message(handoff, asked_by, handoff.to.domain, {
    kind: 'handoff_answer',
    what: `answer-${number}`,
    summary: `Question ${number} about a handoff was answered`,
  }),
];

export const questionOverdue = (handoff: Handoff, { number }: Question, to: readonly string[]): Addressed[] =>
  to.map((one) =>
    message(handoff, one, handoff.from.domain, {
      kind: 'handoff_escalated',
      what: `question-${number}-overdue`,
      summary: `Question ${number} about a handoff was not answered in its time`,
    }),
  );

const ends = {
  support: 'A handoff was accepted; the support window began',
  closed: 'The support window of a handoff is over',
  refused: 'A handoff was refused; the tasks stay',
  expired: 'A handoff ran out of its time; the tasks stay',
  withdrawn: 'A handoff was withdrawn; the tasks stay',
} as const;

/** How it went on, to both sides. */
export function ended(handoff: Handoff, phase: keyof typeof ends): Addressed[] {
  const what = phase === 'support' ? 'accepted' : 'ended';
  const said: Said = { kind: 'handoff_ended', what, summary: ends[phase], due: handoff.deadline };
  return [toOpener(handoff, said), toRecipient(handoff, said)];
}

/** To the agent that the tasks wait for from now on, where it is none of the two sides. */
export const assigned = (handoff: Handoff, assignee: string | null): Addressed[] =>
  assignee === null || assignee === handoff.to.recipient || assignee === handoff.opened_by
    ? []
    : [
        message(handoff, assignee, handoff.to.domain, {
          kind: 'task_assigned',
          what: 'assigned',
          summary: 'Tasks were handed over, and wait for you',
        }),
      ];

/** To those who decide what becomes of the tasks now. */
export const escalation = (handoff: Handoff, to: readonly string[]): Addressed[] =>
  to.map((one) =>
    message(handoff, one, handoff.from.domain, {
      kind: 'handoff_escalated',
      what: 'escalated',
      summary: `A handoff ended without moving its tasks (${handoff.phase}); they need a decision`,
    }),
  );
