import type { Level } from '../shared/contract.ts';
import type { Actor } from '../shared/principal.ts';
import type { Handoff, Question, SupportFigures } from './handoff-contract.ts';
import { type Decision, phaseFault, refuse, revised } from './model.ts';
import { handsOver, sideOf } from './party-model.ts';

/** A handoff that is over. */
const ended = (
  handoff: Handoff,
  phase: Handoff['phase'],
  { by, reason, now, more = {} }: { by: string | null; reason: string | null; now: Date; more?: Partial<Handoff> },
): Handoff =>
  revised(
    handoff,
    { phase, ended_at: now.toISOString(), ended_by: by, reason, deadline: null, reminder_at: null, ...more },
    now,
  );

export function refused(handoff: Handoff, reason: string, actor: Actor, now: Date): Decision {
  if (actor.id !== handoff.to.recipient)
    return refuse('NotAParty', `${handoff.to.recipient} is who may accept or refuse.`);
  const fault = phaseFault(handoff, ['prepare', 'meeting'], now);
  return fault ?? { kind: 'go', next: ended(handoff, 'refused', { by: actor.id, reason, now }) };
}

export function withdrawn(handoff: Handoff, reason: string, actor: Actor, now: Date): Decision {
  if (!handsOver(handoff, actor))
    return refuse('NotAParty', `This is for team ${handoff.from.team}, which hands over, and for those above it.`);
  const fault = phaseFault(handoff, ['prepare', 'meeting'], now);
  return fault ?? { kind: 'go', next: ended(handoff, 'withdrawn', { by: actor.id, reason, now }) };
}

/** What silence comes to. */
export const expired = (handoff: Handoff, now: Date): Handoff =>
  ended(handoff, 'expired', {
    by: null,
    reason: handoff.phase === 'prepare' ? 'It was not offered in its time.' : 'It was not accepted in its time.',
    now,
  });

/** Whom it is left to: told one version later, so that the end and the escalation have an entry each. */
export const escalated = (handoff: Handoff, level: Level, to: readonly string[], now: Date): Handoff =>
  revised(handoff, { escalated: { level, to: [...to], at: now.toISOString() } }, now);

/** A question that was passed on, or whose answer came after it was due, or has not come by then. */
export const isLate = ({ due_at, answered_at, escalated_at }: Question, now: Date): boolean =>
  escalated_at !== null || (due_at !== null && new Date(due_at) < (answered_at === null ? now : new Date(answered_at)));

/** How the handing team served in the support window. */
export function figuresOf({ questions }: Handoff, now: Date): SupportFigures {
  const asked = questions.filter(({ phase }) => phase === 'support');
  const times = asked.flatMap(({ seconds }) => seconds ?? []);
  const sum = times.reduce((total, one) => total + one, 0);
  return {
    questions: asked.length,
    answered: times.length,
    late: asked.filter((one) => isLate(one, now)).length,
    unanswered: asked.length - times.length,
    mean_answer_seconds: times.length === 0 ? null : Math.round((sum / times.length) * 10) / 10,
  };
}

/** The end of the support window; by somebody where it comes early. */
export const closed = (handoff: Handoff, by: string | null, now: Date): Handoff =>
  ended(handoff, 'closed', { by, reason: null, now, more: { figures: figuresOf(handoff, now) } });

/** The receiving side needs no more support. */
export function closedEarly(handoff: Handoff, actor: Actor, now: Date): Decision {
  if (sideOf(handoff, actor) !== 'receiving')
    return refuse('NotAParty', 'The side that receives says when it needs no more support.');
  const fault = phaseFault(handoff, ['support'], now);
  if (fault) return fault;
  const open = handoff.questions.filter(({ answered_at }) => answered_at === null);
  if (open.length > 0) {
    const faults = open.map(({ number }) => ({ pointer: `/questions/${number - 1}`, detail: 'Not answered yet.' }));
    return refuse('QuestionsOpen', `${open.length} questions wait for their answer.`, faults);
  }
  return { kind: 'go', next: closed(handoff, actor.id, now) };
}
