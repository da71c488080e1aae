import type { Change } from '../shared/commit.ts';
import { fact, type Fact } from '../shared/contract.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import { isLate } from './end-model.ts';
import * as events from './events.ts';
import type { Handoff, Question } from './handoff-contract.ts';
import { writes } from './store.ts';

const common = (handoff: Handoff) => ({
  handoff_id: handoff.id,
  phase: handoff.phase,
  domain: handoff.from.domain,
  team: handoff.from.team,
  to_domain: handoff.to.domain,
  to_team: handoff.to.team,
  opened_by: handoff.opened_by,
  recipient: handoff.to.recipient,
  tasks: handoff.tasks,
  concerns: [...new Set([handoff.from.domain, handoff.to.domain])],
});
const timed = (handoff: Handoff) => ({ ...common(handoff), deadline: handoff.deadline ?? '' });

/** Events go further than those who may read the handoff. */
const told = ({ classification, reason }: Handoff): string =>
  classification === 'sensitive' && reason !== null ? '(sensitive)' : (reason ?? '');

type Said = Pick<EntryDraft, 'summary' | 'details' | 'event'> & { action_type?: EntryDraft['action_type'] };

const entryOf = (handoff: Handoff, said: Said): EntryDraft => ({
  action_type: 'execution',
  domain: handoff.from.domain,
  subject: `handoff/${handoff.id}`,
  sequence: handoff.version,
  classification: handoff.classification,
  related_tasks: handoff.tasks,
  ...said,
});

const between = ({ from, to }: Handoff): string => `handoff from ${from.team} to ${to.team}`;

const changing = (before: Handoff, after: Handoff, said: Said): Change => ({
  writes: writes.change(before, after),
  entries: [entryOf(after, said)],
});

export const opening = (handoff: Handoff): Change => ({
  writes: writes.open(handoff),
  entries: [
    entryOf(handoff, {
      summary: `Opened a ${between(handoff)}`,
      details: { decision: 'opened', outcome: handoff.phase },
      event: fact(events.handoffOpened, timed(handoff)),
    }),
  ],
});

/** @param changed pointers of what is other than it was */
export const amending = (before: Handoff, after: Handoff, changed: readonly string[], reasoning = ''): Change =>
  changing(before, after, {
    summary: `Changed ${changed.join(', ')} of a ${between(after)}`,
    details: { decision: 'changed', reasoning, outcome: after.phase },
    event: fact(events.handoffChanged, { ...common(after), changed: [...changed] }),
  });

export const offering = (before: Handoff, after: Handoff): Change =>
  changing(before, after, {
    summary: `Offered a ${between(after)}`,
    details: { decision: 'offered', outcome: after.phase },
    event: fact(events.handoffOffered, { ...timed(after), meeting_at: after.meeting?.at ?? '' }),
  });

export const reminding = (before: Handoff, after: Handoff): Change =>
  changing(before, after, {
    summary: `Half of the time of the phase ${after.phase} is over: ${between(after)}`,
    details: { decision: 'reminded', outcome: after.phase },
    event: fact(events.handoffReminded, timed(after)),
  });

const aboutQuestion = (handoff: Handoff, { number, due_at }: Question) => ({
  ...common(handoff),
  question: number,
  due_at,
});

export const asking = (before: Handoff, after: Handoff, question: Question): Change =>
  changing(before, after, {
    summary: `Question ${question.number} about a ${between(after)}`,
    details: { decision: 'asked', context: question.question, outcome: after.phase },
    event: fact(events.handoffQuestionAsked, { ...aboutQuestion(after, question), routed_to: question.routed_to }),
  });

export const answering = (before: Handoff, after: Handoff, question: Question, now: Date): Change =>
  changing(before, after, {
    summary: `Answered question ${question.number} about a ${between(after)}`,
    details: {
      decision: 'answered',
      context: question.question,
      reasoning: question.answer ?? '',
      outcome: after.phase,
    },
    event: fact(events.handoffQuestionAnswered, {
      ...aboutQuestion(after, question),
      seconds: question.seconds ?? 0,
      late: isLate(question, now),
    }),
  });

export const chasing = (before: Handoff, after: Handoff, question: Question, to: readonly string[]): Change =>
  changing(before, after, {
    action_type: 'escalation',
    summary: `Question ${question.number} about a ${between(after)} was not answered in its time`,
    details: { decision: 'escalated', context: question.question, outcome: after.phase },
    event: fact(events.handoffQuestionOverdue, { ...aboutQuestion(after, question), escalated_to: [...to] }),
  });

const noDelay = { since_opened_seconds: 0, since_offered_seconds: 0 };

export const accepting = (before: Handoff, after: Handoff): Change =>
  changing(before, after, {
    action_type: 'decision',
    summary: `Accepted a ${between(after)}`,
    details: { decision: 'accepted', reasoning: after.expectations?.text ?? '', outcome: after.phase },
    event: fact(events.handoffAccepted, { ...timed(after), ...(after.delay ?? noDelay) }),
  });

const ends = {
  refused: { event: events.handoffRefused, word: 'Refused', action_type: 'decision' },
  withdrawn: { event: events.handoffWithdrawn, word: 'Withdrew', action_type: 'decision' },
  expired: { event: events.handoffExpired, word: 'Time ran out of', action_type: 'execution' },
} as const;
export type UnmovedEnd = keyof typeof ends;

const endEntry = (end: UnmovedEnd, after: Handoff): EntryDraft => {
  const { event, word, action_type } = ends[end];
  return entryOf(after, {
    action_type,
    summary: `${word} a ${between(after)}`,
    details: { decision: end, reasoning: after.reason ?? '', outcome: after.phase },
    event: fact(event, { ...common(after), reason: told(after) }),
  });
};

/** An end without a transfer; `told` is the version after it, in which it was escalated, where it was. */
export function ending(before: Handoff, after: Handoff, end: UnmovedEnd, escalated?: Handoff): Change {
  const entries = [endEntry(end, after)];
  if (escalated) {
    const { level = 'enterprise', to = [] } = escalated.escalated ?? {};
    const event = fact(events.handoffEscalated, { ...common(escalated), reason: told(escalated), level, to });
    const details = { decision: 'escalated', reasoning: escalated.reason ?? '', outcome: escalated.phase };
    const summary = `Left to the ${level} level: ${between(escalated)}`;
    entries.push(entryOf(escalated, { action_type: 'escalation', summary, details, event }));
  }
  return { writes: writes.change(before, escalated ?? after), entries };
}

const noFigures = { questions: 0, answered: 0, late: 0, unanswered: 0, mean_answer_seconds: null };

export const closing = (before: Handoff, after: Handoff): Change => {
  const event: Fact = fact(events.handoffClosed, {
    ...common(after),
    ...(after.delay ?? noDelay),
    ...(after.figures ?? noFigures),
  });
  return changing(before, after, {
    summary: `Closed a ${between(after)}`,
    details: { decision: 'closed', outcome: after.phase },
    event,
  });
};
