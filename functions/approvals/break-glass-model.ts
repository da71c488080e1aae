import { addSeconds } from '../shared/clock.ts';
import { type Actor, personOf } from '../shared/principal.ts';
import type { BreakGlass, Escalation, NewBreakGlass, ReviewClosure } from './contract.ts';
import { approvals, approvedAlone, type Barred, isAsking, isAskingPerson, isSame, standsAt } from './model.ts';

const day = 86_400;
const reviewSeconds = 7 * day;

export type BreakGlassDecision =
  | { kind: 'approve'; next: Escalation; review: BreakGlass }
  | {
      kind: 'refuse';
      why:
        | 'RoleMissing'
        | 'EscalationClosed'
        | 'DigestMismatch'
        | 'BreakGlassRefused'
        | 'BreakGlassNotNeeded'
        | 'ReviewOpen';
      detail: string;
    };

export type Alone = {
  id: string;
  escalation: Escalation;
  by: Actor;
  wanted: NewBreakGlass;
  barred: Barred;
  /** Entries of the approvals that count as things stand now. */
  alive: ReadonlySet<string>;
  /** Open reviews of what this person approved alone before. */
  open: readonly BreakGlass[];
  now: Date;
};

/**
 * Whether a person may approve alone what it could not bring about by its vote: because it asked itself, or because the
 * quorum is out of its reach. What takes several people by the matrix is never approved so: that is the point of it.
 */
export function decideBreakGlass({ id, escalation, by, wanted, barred, alive, open, now }: Alone): BreakGlassDecision {
  const refuse = (why: (BreakGlassDecision & { kind: 'refuse' })['why'], detail: string): BreakGlassDecision => ({
    kind: 'refuse',
    why,
    detail,
  });
  if (!by.roles.some((role) => role === 'board_member' || role === 'operator')) {
    return refuse('RoleMissing', 'It takes a board member or an operator.');
  }
  if (escalation.terms.people_only) return refuse('BreakGlassRefused', 'It takes several people, whatever happens.');
  if (escalation.state !== 'open') return refuse('EscalationClosed', `It is ${escalation.state}.`);
  if (wanted.request_digest !== escalation.request_digest) {
    return refuse('DigestMismatch', `The escalation binds ${escalation.request_digest}.`);
  }
  const late = open.find(({ review_due_at: due }) => new Date(due) <= now);
  if (late) return refuse('ReviewOpen', `${late.id} waits to be reviewed since ${late.review_due_at}.`);
  if (mayVote(escalation, by, barred, alive)) return refuse('BreakGlassNotNeeded', 'Vote on the escalation instead.');
  const expires = addSeconds(now, wanted.minutes * 60);
  const next = approvedAlone(escalation, { id, reason: wanted.reason, now, expires });
  return { kind: 'approve', next, review: reviewOf(id, escalation, by, wanted, now, expires) };
}

/** Whether the person's own vote would make the quorum. */
function mayVote(escalation: Escalation, by: Actor, barred: Barred, alive: ReadonlySet<string>): boolean {
  const person = personOf(by);
  const isBarred = isAsking(escalation, by.id, barred) || isAskingPerson(escalation, person, barred);
  const voted = escalation.votes.some(
    (vote) =>
      [vote.voter, ...vote.path].includes(by.id) || [vote.person, ...vote.persons].some((one) => isSame(person, one)),
  );
  if (isBarred || voted || !standsAt(escalation, by)) return false;
  return approvals(escalation, barred, alive).length + 1 >= escalation.terms.quorum;
}

function reviewOf(
  id: string,
  escalation: Escalation,
  by: Actor,
  { reason }: NewBreakGlass,
  now: Date,
  expires: Date,
): BreakGlass {
  const due = addSeconds(now, reviewSeconds).toISOString();
  return {
    id,
    version: 1,
    state: 'open',
    escalation_id: escalation.id,
    decision_id: escalation.decision_id,
    requested_by: escalation.requested_by,
    requester_person: escalation.person,
    used_by: by.id,
    person: personOf(by),
    reason,
    used_at: now.toISOString(),
    approval_expires_at: expires.toISOString(),
    review_due_at: due,
    next_notice_at: due,
    notices: 0,
    finding: null,
    verdict: null,
    closed_by: null,
    closed_at: null,
  };
}

export type ReviewDecision =
  | { kind: 'close'; next: BreakGlass }
  | { kind: 'refuse'; why: 'RoleMissing' | 'OwnReview' | 'ReviewClosed'; detail: string };

/** Who may close a review: a person with a part in governing, who neither used the break-glass nor asked for what it allowed. */
export function decideReview(review: BreakGlass, by: Actor, closure: ReviewClosure, now: Date): ReviewDecision {
  if (!by.roles.some((role) => ['board_member', 'operator', 'auditor'].includes(role))) {
    return { kind: 'refuse', why: 'RoleMissing', detail: 'It takes a board member, an operator or an auditor.' };
  }
  const person = personOf(by);
  const isAbout = [review.used_by, review.requested_by].includes(by.id);
  if (isAbout || isSame(person, review.person) || isSame(person, review.requester_person)) {
    return { kind: 'refuse', why: 'OwnReview', detail: `It is about what ${by.id} did.` };
  }
  if (review.state === 'closed') return { kind: 'refuse', why: 'ReviewClosed', detail: `By ${review.closed_by}.` };
  const next = { ...review, ...closure, version: review.version + 1, state: 'closed' as const };
  return { kind: 'close', next: { ...next, closed_by: by.id, closed_at: now.toISOString() } };
}

/** The review once people were told that it is overdue; undefined when nothing is to be told yet. */
export function overdue(review: BreakGlass, now: Date): BreakGlass | undefined {
  if (review.state !== 'open' || new Date(review.next_notice_at) > now) return undefined;
  return {
    ...review,
    version: review.version + 1,
    notices: review.notices + 1,
    next_notice_at: addSeconds(now, day).toISOString(),
  };
}
