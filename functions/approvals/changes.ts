import { type Change, joined } from '../shared/commit.ts';
import { fact, type Fact } from '../shared/contract.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import {
  type Escalation,
  escalationApproved,
  escalationCancelled,
  escalationMovedUp,
  escalationOpened,
  escalationRejected,
  escalationReminded,
  escalationReturned,
  escalationTimedOut,
  escalationVoted,
} from './contract.ts';
import { delivery, endOf, reasonOf, waitingFor } from './messages.ts';
import { writes } from './store.ts';

/** The escalation of a decision, to be written with it. */
export const opening = (escalation: Escalation, reasoning: string, tasks: readonly string[]): Change => ({
  writes: writes.open(escalation),
  entries: [
    entryOf(escalation, {
      summary: `Waits for the ${escalation.deciding_level} level: ${escalation.summary}`,
      details: { decision: 'escalated', reasoning },
      related_tasks: tasks,
      event: fact(escalationOpened, waiting(escalation)),
    }),
  ],
});

/**
 * An approval that does not make the quorum yet.
 * @param counted approvals that count so far
 */
export function counting(escalation: Escalation, counted: number): Change {
  const vote = escalation.votes.at(-1);
  const { quorum } = escalation.terms;
  return changing(escalation, {
    id: vote?.entry_id ?? '',
    action_type: 'decision',
    summary: `Approved by ${vote?.voter}, ${counted} of ${quorum}: ${escalation.summary}`,
    details: { decision: 'approve', reasoning: vote?.reason ?? '' },
    event: fact(escalationVoted, {
      ...common(escalation),
      voter: vote?.voter ?? '',
      authority: vote?.authority ?? '',
      approvals: counted,
      quorum,
    }),
  });
}

/**
 * The end of an escalation, with the message that wakes its requester in the same transaction: there is no end without it, and
 * never a second one.
 * @param home domain of the requester now, which may have been moved since it asked
 * @param entryId of a vote that ends it
 */
export function closing(escalation: Escalation, home: string, now: Date, entryId?: string): Change {
  const { state, closing_reason: reason } = escalation;
  const end = changing(escalation, {
    ...(entryId === undefined ? {} : { id: entryId }),
    action_type: state === 'cancelled' || state === 'timed_out' ? 'escalation' : 'decision',
    summary: `${ends[state]}: ${escalation.summary}`,
    details: { decision: state, reasoning: reason ?? '' },
    event: ending(escalation, home),
  });
  return joined(end, delivery([endOf(escalation)], home, now));
}

/** The reminder of a level, to everybody who decides there. */
export const reminding = (escalation: Escalation, to: readonly string[], now: Date): Change =>
  joined(
    changing(escalation, {
      summary: `Half of the time of the ${escalation.deciding_level} level is over: ${escalation.summary}`,
      details: { decision: 'reminded' },
      event: fact(escalationReminded, waiting(escalation)),
    }),
    delivery(waitingFor(escalation, 'escalation_reminder', to), escalation.domain, now),
  );

/** The step to the next level, with its messages. */
export const moving = (escalation: Escalation, to: readonly string[], now: Date): Change => {
  const from = escalation.path[escalation.round - 1] ?? escalation.deciding_level;
  return joined(
    changing(escalation, {
      summary: `The ${from} level did not answer; waits for the ${escalation.deciding_level} level: ${escalation.summary}`,
      details: { decision: 'moved up' },
      event: fact(escalationMovedUp, { ...waiting(escalation), from }),
    }),
    announcing(escalation, to, now),
  );
};

/** The messages to those of the level that an escalation waits for. */
export const announcing = (escalation: Escalation, to: readonly string[], now: Date): Change =>
  delivery(waitingFor(escalation, 'escalation_waits', to), escalation.domain, now);

type Said = Pick<EntryDraft, 'summary' | 'details' | 'event' | 'related_tasks'> & {
  id?: string;
  action_type?: EntryDraft['action_type'];
};

const changing = (escalation: Escalation, said: Said): Change => ({
  writes: writes.change(escalation),
  entries: [entryOf(escalation, said)],
});

const entryOf = (escalation: Escalation, said: Said): EntryDraft & { id?: string } => ({
  action_type: 'escalation',
  domain: escalation.domain,
  subject: `escalation/${escalation.id}`,
  sequence: escalation.version,
  classification: escalation.classification,
  policy_version: escalation.policy_version,
  retention: escalation.retention,
  ...said,
});

/** Domains that an escalation concerns: the requester's, then and now, the target's, and the level that decides. */
const concerned = (escalation: Escalation, home = escalation.domain): string[] => {
  const beyond = escalation.deciding_level === 'domain' ? [] : ['enterprise'];
  return [...new Set([escalation.domain, home, escalation.target_domain, ...beyond])];
};

const common = (escalation: Escalation, home?: string) => ({
  escalation_id: escalation.id,
  decision_id: escalation.decision_id,
  requested_by: escalation.requested_by,
  concerns: concerned(escalation, home),
});

const waiting = (escalation: Escalation) => ({
  ...common(escalation),
  deciding_level: escalation.deciding_level,
  level_deadline: escalation.level_deadline,
  summary: told(escalation, escalation.summary),
});

/** Events go to people by mail too, where nothing sensitive may lie. */
const told = ({ classification }: Escalation, text: string): string =>
  classification === 'sensitive' ? '(sensitive)' : text;

const ends = {
  open: 'Open',
  approved: 'Approved',
  rejected: 'Rejected',
  returned: 'Returned to be revised',
  timed_out: 'Timed out',
  cancelled: 'Cancelled',
} as const;

function ending(escalation: Escalation, home: string): Fact {
  const { deciding_level, approval_expires_at } = escalation;
  const data = { ...common(escalation, home), deciding_level, reason: told(escalation, reasonOf(escalation) ?? '') };
  switch (escalation.state) {
    case 'approved':
      return fact(escalationApproved, { ...data, approval_expires_at: approval_expires_at ?? '' });
    case 'rejected':
      return fact(escalationRejected, data);
    case 'returned':
      return fact(escalationReturned, data);
    case 'timed_out':
      return fact(escalationTimedOut, data);
    case 'cancelled':
      return fact(escalationCancelled, data);
    case 'open':
      throw new Error('an open escalation has no end to tell of');
  }
}
