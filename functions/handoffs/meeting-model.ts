import { addSeconds } from '../shared/clock.ts';
import type { Fault } from '../shared/errors.ts';
import type { Actor } from '../shared/principal.ts';
import type { NewQuestion, Understanding } from './command-contract.ts';
import { type Handoff, packageParts, type Question } from './handoff-contract.ts';
import { type Decision, go, phaseFault, phaseTime, refuse, type Refusal } from './model.ts';
import { handsOver, isRecipient, sideOf } from './party-model.ts';

const notReceiving = (handoff: Handoff, actor: Actor): Refusal | undefined =>
  sideOf(handoff, actor) === 'receiving'
    ? undefined
    : refuse('NotAParty', `This is for the side of ${handoff.to.recipient}, which receives.`);

const mostQuestions = 20;

/** @param routedTo who is to answer; null where nobody of the handing side can be reached */
export function asked(
  handoff: Handoff,
  given: NewQuestion,
  actor: Actor,
  { routedTo, now }: { routedTo: string | null; now: Date },
): Decision {
  const fault = notReceiving(handoff, actor) ?? phaseFault(handoff, ['meeting', 'support'], now);
  if (fault) return fault;
  const { questions, phase, terms } = handoff;
  if (questions.length >= mostQuestions) {
    const detail = `${mostQuestions} questions were asked already, which is the most that a handoff takes.`;
    return refuse('InvalidFields', detail, [{ pointer: '/body/question', detail }]);
  }
  const question: Question = {
    ...given,
    number: questions.length + 1,
    phase,
    asked_by: actor.id,
    asked_at: now.toISOString(),
    routed_to: routedTo,
    due_at: phase === 'support' ? addSeconds(now, terms.answer_seconds).toISOString() : null,
    escalated_at: null,
    answer: null,
    answered_by: null,
    answered_at: null,
    seconds: null,
  };
  return go(handoff, { questions: [...questions, question] }, now);
}

const secondsBetween = (from: string, to: Date): number =>
  Math.max(0, Math.round((to.getTime() - new Date(from).getTime()) / 1000));

export function answered(handoff: Handoff, number: number, answer: string, actor: Actor, now: Date): Decision {
  const question = handoff.questions[number - 1];
  const isAsked = question?.routed_to === actor.id && sideOf(handoff, actor) !== 'receiving';
  const fault =
    handsOver(handoff, actor) || isAsked
      ? phaseFault(handoff, ['meeting', 'support'], now)
      : refuse('NotAParty', `This is for team ${handoff.from.team}, which is asked.`);
  if (fault) return fault;
  if (!question) return refuse('NotFound', `There is no question ${number}.`);
  if (question.answered_at !== null)
    return refuse('QuestionAnswered', `${question.answered_by} answered it at ${question.answered_at}.`);
  const given = {
    answer,
    answered_by: actor.id,
    answered_at: now.toISOString(),
    seconds: secondsBetween(question.asked_at, now),
  };
  const questions = handoff.questions.map((one) => (one.number === number ? { ...one, ...given } : one));
  return go(handoff, { questions }, now);
}

/** A part as the receiving side understands it; said again, it takes the place of what was said before. */
export function confirmed(handoff: Handoff, { part, understanding }: Understanding, actor: Actor, now: Date): Decision {
  const fault = notReceiving(handoff, actor) ?? phaseFault(handoff, ['meeting'], now);
  if (fault) return fault;
  const others = handoff.confirmations.filter((one) => one.part !== part);
  const confirmation = { part, understanding, by: actor.id, at: now.toISOString() };
  return go(handoff, { confirmations: [...others, confirmation] }, now);
}

/** Agreement names the text: who agrees to another one proposes it, and the other side has to agree to that. */
export function agreed(handoff: Handoff, text: string, actor: Actor, now: Date): Decision {
  const side = sideOf(handoff, actor);
  if (side === undefined) return refuse('NotAParty', 'This is for the two sides of the handoff.');
  const fault = phaseFault(handoff, ['prepare', 'meeting'], now);
  if (fault) return fault;
  const { expectations } = handoff;
  const same = expectations?.text === text ? expectations : { text, handing: null, receiving: null };
  return go(handoff, { expectations: { ...same, [side]: actor.id } }, now);
}

/** What of the walk-through is not done yet, each by its pointer. */
export function unfinished({ confirmations, questions, expectations }: Handoff): Fault[] {
  const said = new Set(confirmations.map(({ part }) => part));
  const parts = packageParts
    .filter((part) => !said.has(part))
    .map((part) => ({ pointer: `/confirmations/${part}`, detail: 'The recipient has not confirmed this part.' }));
  const open = questions
    .filter(({ answered_at }) => answered_at === null)
    .map(({ number }) => ({ pointer: `/questions/${number - 1}`, detail: `Question ${number} is not answered.` }));
  if (!expectations)
    return [...parts, ...open, { pointer: '/expectations', detail: 'No expectations were agreed on.' }];
  const sides = (['handing', 'receiving'] as const)
    .filter((side) => expectations[side] === null)
    .map((side) => ({ pointer: `/expectations/${side}`, detail: `The ${side} side has not agreed to this text.` }));
  return [...parts, ...open, ...sides];
}

/** The acceptance, by the recipient alone, when the walk-through is finished. The support window begins with it. */
export function accepted(handoff: Handoff, actor: Actor, now: Date): Decision {
  if (!isRecipient(handoff, actor))
    return refuse('NotAParty', `${handoff.to.recipient} of ${handoff.to.team} is who it was offered to.`);
  const fault = phaseFault(handoff, ['meeting'], now);
  if (fault) return fault;
  const faults = unfinished(handoff);
  if (faults.length > 0) {
    const detail = `It waits for ${faults.map(({ pointer }) => pointer).join(', ')}.`;
    return refuse('MeetingUnfinished', detail, faults);
  }
  const delay = {
    since_opened_seconds: secondsBetween(handoff.opened_at, now),
    since_offered_seconds: secondsBetween(handoff.offered_at ?? handoff.opened_at, now),
  };
  const time = phaseTime(now, handoff.terms.support_seconds, false);
  return go(handoff, { phase: 'support', accepted_at: now.toISOString(), delay, ...time }, now);
}
