import type { ApprovalRequest } from '../authority/contract.ts';
import { addSeconds } from '../shared/clock.ts';
import { type Level, levels } from '../shared/contract.ts';
import { type Actor, personOf } from '../shared/principal.ts';
import type { Ballot, Escalation, Vote } from './contract.ts';

/** Where a principal stands: all that its authority depends on. */
export type Standing = Pick<Actor, 'id' | 'kind' | 'level' | 'domain' | 'roles'>;
export type Voter = Standing & Pick<Actor, 'credential'>;

/** With what a principal votes: its own authority, or that of the first of those who delegated to it. */
export type Power = {
  voter: Voter;
  authority: Standing;
  /** Delegators from the first one on; empty where it is its own. */
  path: readonly string[];
  /** Fingerprints of the delegators who are people. */
  persons: readonly string[];
  delegationId: string | null;
};

/** Who may not approve beside the requester: everybody that delegated to it, by id and, of people, by fingerprint. */
export type Barred = { ids: ReadonlySet<string>; persons: ReadonlySet<string> };

export type VoteRefusal = 'OwnRequest' | 'NotThisLevel' | 'AlreadyVoted' | 'EscalationClosed' | 'DigestMismatch';
export type VoteDecision =
  | { kind: 'counted'; next: Escalation; approvals: number }
  | { kind: 'closed'; next: Escalation }
  | { kind: 'refuse'; why: VoteRefusal; detail: string };

/** How long an approval can be redeemed, in seconds. */
const approvalSeconds = 86_400;

const rank = (level: Level): number => levels.indexOf(level);

/** The escalation of a decision, as it begins: its clock runs from the decision on. */
export function opened({ decision, targetDomain, digest, terms, person, chain }: ApprovalRequest): Escalation {
  const { proposal } = decision;
  const path = levels.slice(rank(decision.deciding_level));
  return {
    id: decision.escalation_id,
    version: 1,
    state: 'open',
    decision_id: decision.id,
    decision_type: proposal.type,
    summary: summaryOf(proposal),
    about_person: proposal.data_subject !== undefined,
    classification: proposal.classification,
    retention: decision.retention,
    requested_by: decision.proposed_by,
    person,
    chain: [...chain],
    domain: decision.domain,
    target_domain: targetDomain,
    cost_micro_usd: proposal.estimate?.cost_micro_usd ?? null,
    request_digest: digest,
    policy_version: decision.policies.version,
    urgency: proposal.urgency,
    terms,
    path,
    round: 0,
    deciding_level: decision.deciding_level,
    opened_at: decision.proposed_at,
    ...clockOf(new Date(decision.proposed_at), terms.seconds),
    votes: [],
    approvers: [],
    approval_expires_at: null,
    break_glass_id: null,
    closed_at: null,
    closing_reason: null,
  };
}

/** Of a request about a natural person nothing is told beyond the decision itself, whose texts are sealed. */
const summaryOf = ({ data_subject, summary, type }: ApprovalRequest['decision']['proposal']): string =>
  data_subject === undefined ? summary : `A \`${type}\` about a natural person`;

const clockOf = (from: Date, seconds: number) => ({
  reminder_at: addSeconds(from, seconds / 2).toISOString(),
  reminded: false,
  level_deadline: addSeconds(from, seconds).toISOString(),
});

/** Whether an authority may decide at the level that an escalation waits for, or stands above it. */
export function standsAt(escalation: Pick<Escalation, 'deciding_level' | 'domain'>, who: Standing): boolean {
  // Humans are of the board level; only its members decide.
  if (who.kind === 'human' && !who.roles.includes('board_member')) return false;
  if (rank(who.level) < rank(escalation.deciding_level)) return false;
  return rank(who.level) > rank('domain') || who.domain === escalation.domain;
}

/**
 * What a vote does. Nobody approves what was asked by itself, by one that acts for it, or with the authority of either;
 * one authority counts once, however many hold it. Earlier
 * approvals count as long as whoever gave them could give them now. One rejection or return ends the matter; approvals end it at the quorum.
 * @param given with the entries of the earlier approvals that could still be given
 */
export function decideVote(
  escalation: Escalation,
  ballot: Ballot,
  power: Power,
  barred: Barred,
  given: { now: Date; entryId: string; alive: ReadonlySet<string> },
): VoteDecision {
  const fault = voteFault(escalation, ballot, power, barred);
  if (fault) return { kind: 'refuse', ...fault };
  const vote: Vote = {
    voter: power.voter.id,
    person: personOf(power.voter),
    vote: ballot.vote,
    reason: ballot.reason,
    authority: power.authority.id,
    level: power.authority.level,
    delegation_id: power.delegationId,
    path: [...power.path],
    persons: [...power.persons],
    voted_at: given.now.toISOString(),
    entry_id: given.entryId,
  };
  const next = { ...escalation, version: escalation.version + 1, votes: [...escalation.votes, vote] };
  if (ballot.vote === 'reject') return { kind: 'closed', next: closed(next, 'rejected', ballot.reason, given.now) };
  if (ballot.vote === 'return') return { kind: 'closed', next: closed(next, 'returned', ballot.reason, given.now) };
  const counted = approvals(next, barred, new Set([...given.alive, given.entryId]));
  if (counted.length < next.terms.quorum) return { kind: 'counted', next, approvals: counted.length };
  const expires = addSeconds(given.now, approvalSeconds);
  const approvers = counted.map((one) => one.voter);
  return { kind: 'closed', next: { ...approved(next, ballot.reason, given.now, expires), approvers } };
}

function voteFault(
  escalation: Escalation,
  ballot: Ballot,
  { voter, authority, path, persons }: Power,
  barred: Barred,
): { why: VoteRefusal; detail: string } | undefined {
  const behind = [voter.id, authority.id, ...path];
  const own = behind.find((id) => isAsking(escalation, id, barred));
  if (own !== undefined) return { why: 'OwnRequest', detail: `${own} is among those who ask.` };
  const people = [personOf(voter) ?? [], ...persons].flat();
  if (people.some((person) => isAskingPerson(escalation, person, barred)))
    return { why: 'OwnRequest', detail: 'The same person asks.' };
  if (!mayDecide(escalation, voter, authority)) {
    const who = escalation.terms.people_only ? 'people of the board' : `the ${escalation.deciding_level} level`;
    return { why: 'NotThisLevel', detail: `It waits for ${who}, or who stands above.` };
  }
  if (escalation.state !== 'open') return { why: 'EscalationClosed', detail: `It is ${escalation.state}.` };
  const before = escalation.votes.find(
    (vote) =>
      behind.some((id) => [vote.voter, ...vote.path].includes(id)) ||
      people.some((person) => [vote.person, ...vote.persons].includes(person)),
  );
  if (before) return { why: 'AlreadyVoted', detail: `${before.voter} voted with this authority.` };
  if (ballot.request_digest !== escalation.request_digest) {
    return { why: 'DigestMismatch', detail: `The escalation binds ${escalation.request_digest}.` };
  }
  return undefined;
}

/** Whether a principal may decide with an authority: people where it takes people. */
export const mayDecide = (escalation: Escalation, voter: Standing, authority: Standing): boolean =>
  standsAt(escalation, authority) &&
  (!escalation.terms.people_only || (voter.kind === 'human' && authority.kind === 'human'));

/** Whether a principal is among those who ask: the requester, or one that delegated to it. */
export const isAsking = (escalation: Escalation, id: string, barred: Barred): boolean =>
  id === escalation.requested_by || escalation.chain.includes(id) || barred.ids.has(id);

/** Whether a person is among those who ask, under whatever name. */
export const isAskingPerson = (escalation: Escalation, person: string | null, barred: Barred): boolean =>
  isSame(person, escalation.person) || (person !== null && barred.persons.has(person));

/** Whether two fingerprints are of one person; who is none is nobody's double. */
export const isSame = (one: string | null, other: string | null): boolean => one !== null && one === other;

/**
 * The approvals that count: those of authorities that stand where the escalation is now.
 * @param barred who may not approve; one that delegated to the requester after its vote takes the vote with it
 * @param alive entries of the approvals that could still be given; see `livingVotes`
 */
export const approvals = (escalation: Escalation, barred: Barred, alive: ReadonlySet<string>): Vote[] =>
  escalation.votes.filter(
    ({ vote, level, voter, path, person, persons, entry_id }) =>
      vote === 'approve' &&
      alive.has(entry_id) &&
      rank(level) >= rank(escalation.deciding_level) &&
      ![voter, ...path].some((id) => barred.ids.has(id)) &&
      ![person ?? [], ...persons].flat().some((one) => barred.persons.has(one)),
  );

type Closing = Exclude<Escalation['state'], 'open'>;

const closed = (next: Escalation, state: Closing, reason: string, now: Date): Escalation => ({
  ...next,
  state,
  closed_at: now.toISOString(),
  closing_reason: reason,
});

const approved = (next: Escalation, reason: string, now: Date, expires: Date): Escalation => ({
  ...closed(next, 'approved', reason, now),
  approval_expires_at: expires.toISOString(),
});

/** The escalation that a person approved alone. */
export const approvedAlone = (
  escalation: Escalation,
  { id, reason, now, expires }: { id: string; reason: string; now: Date; expires: Date },
): Escalation => ({
  ...approved({ ...escalation, version: escalation.version + 1 }, reason, now, expires),
  break_glass_id: id,
});

/** The escalation without an answer; undefined when it has one. */
export const cancelled = (escalation: Escalation, reason: string, now: Date): Escalation | undefined =>
  escalation.state === 'open'
    ? closed({ ...escalation, version: escalation.version + 1 }, 'cancelled', reason, now)
    : undefined;

/** The escalation once its level was reminded; undefined when there is nobody left to remind in this round. */
export function reminded(escalation: Escalation, round: number): Escalation | undefined {
  if (escalation.state !== 'open' || escalation.round !== round || escalation.reminded) return undefined;
  return { ...escalation, version: escalation.version + 1, reminded: true };
}

/**
 * The escalation once the time of a level is over: it waits for the next one, or has timed out at the top. Undefined when the
 * round is over already.
 */
export function afterDeadline(escalation: Escalation, round: number, now: Date): Escalation | undefined {
  if (escalation.state !== 'open' || escalation.round !== round) return undefined;
  const next = { ...escalation, version: escalation.version + 1 };
  const level = escalation.path[round + 1];
  if (level === undefined) return closed(next, 'timed_out', 'No level answered in its time.', now);
  return { ...next, round: round + 1, deciding_level: level, ...clockOf(now, escalation.terms.seconds) };
}
