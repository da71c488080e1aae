import { addSeconds } from '../shared/clock.ts';
import { deepest, type Delegation, type Escalation, type NewDelegation } from './contract.ts';
import { personOf } from '../shared/principal.ts';
import type { Barred, Standing, Voter } from './model.ts';

/** What a chain of delegations gives at one moment: never more than any of its links, nor than its first delegator has. */
export type Effective = {
  /** The first delegator, as it stands now. */
  authority: Standing;
  path: readonly string[];
  /** Fingerprints of those among them who are people. */
  persons: readonly string[];
  types: readonly string[];
  maxCost: number | null;
  expiresAt: string;
};

/** Principals as they are now, by id; one that is unknown, paused, contained or retired is not among them. */
export type Standings = ReadonlyMap<string, Standing>;

/**
 * What the last delegation of a chain gives now; undefined when any link is revoked or over, does not follow from the one
 * before, or has a delegator that nobody would listen to itself.
 * @param chain first delegation first
 */
export function effective(chain: readonly Delegation[], active: Standings, now: Date): Effective | undefined {
  const [first] = chain;
  const last = chain.at(-1);
  const authority = first && active.get(first.from);
  if (!first || !last || !authority || chain.length > deepest || first.parent !== null) return undefined;
  if (!chain.every((link, at) => isAlive(link, active, now) && follows(link, chain[at - 1]))) return undefined;
  const ceilings = chain.flatMap(({ max_cost_micro_usd: most }) => most ?? []);
  return {
    authority,
    path: chain.map(({ from }) => from),
    persons: last.persons,
    types: first.types.filter((type) => chain.every(({ types }) => types.includes(type))),
    maxCost: ceilings.length > 0 ? Math.min(...ceilings) : null,
    expiresAt: chain.map((link) => link.expires_at).toSorted()[0] ?? last.expires_at,
  };
}

const isAlive = (link: Delegation, active: Standings, now: Date): boolean =>
  link.state === 'active' && now < new Date(link.expires_at) && active.has(link.from);

const follows = (link: Delegation, before: Delegation | undefined): boolean =>
  before === undefined || (link.parent === before.id && link.from === before.to);

/** Whether what a chain gives is enough for an escalation. A cost that nobody estimated does not fit under a ceiling. */
export const covers = (
  given: Effective,
  { decision_type, cost_micro_usd }: Pick<Escalation, 'decision_type' | 'cost_micro_usd'>,
): boolean =>
  given.types.includes(decision_type) &&
  (given.maxCost === null || (cost_micro_usd !== null && cost_micro_usd <= given.maxCost));

const longestSeconds = 30 * 86_400;

export type DelegationDecision =
  | { kind: 'delegate'; delegation: Delegation }
  | { kind: 'refuse'; why: 'DelegationRefused' | 'DelegationTooWide'; detail: string; pointer: string };

export type Given = {
  id: string;
  from: Voter;
  wanted: NewDelegation;
  /** The delegation that a part is passed on of, with those that it follows from; empty for the caller's own authority. */
  chain: readonly Delegation[];
  active: Standings;
  now: Date;
};

/** A new delegation, if its delegator has what it gives. */
export function decideDelegation(given: Given): DelegationDecision {
  const fault = given.wanted.parent === undefined ? ownFault(given) : partFault(given);
  if (fault) return { kind: 'refuse', ...fault };
  const { id, from, wanted, chain, now } = given;
  const delegation: Delegation = {
    id,
    version: 1,
    state: 'active',
    from: from.id,
    to: wanted.to,
    types: wanted.types,
    max_cost_micro_usd: wanted.max_cost_micro_usd ?? null,
    parent: wanted.parent ?? null,
    ancestors: chain.map((link) => link.id),
    path: [...chain.map((link) => link.from), from.id],
    persons: [...(chain.at(-1)?.persons ?? []), ...[personOf(from) ?? []].flat()],
    domain: from.domain,
    created_at: now.toISOString(),
    expires_at: wanted.expires_at,
    revoked_at: null,
  };
  return { kind: 'delegate', delegation };
}

type Refusal = Omit<DelegationDecision & { kind: 'refuse' }, 'kind'>;

const tooWide = (field: string, detail: string): Refusal => ({
  why: 'DelegationTooWide',
  detail,
  pointer: `/body/${field}`,
});
const refused = (field: string, detail: string): Refusal => ({
  why: 'DelegationRefused',
  detail,
  pointer: `/body/${field}`,
});

/** What holds for every delegation: it ends, it goes to somebody who acts, and to nobody twice. */
function formFault({ from, wanted, chain, active, now }: Given): Refusal | undefined {
  const ends = new Date(wanted.expires_at);
  if (ends <= now || ends > addSeconds(now, longestSeconds)) return tooWide('expires_at', 'It lasts up to 30 days.');
  if (!active.has(wanted.to)) return refused('to', `${wanted.to} is unknown, or does not act now.`);
  if (wanted.to === from.id || chain.some((link) => link.from === wanted.to)) {
    return refused('to', `${wanted.to} would have its own authority from another.`);
  }
  return undefined;
}

function ownFault(given: Given): Refusal | undefined {
  const { kind, roles } = given.from;
  if (kind === 'human' && !roles.includes('board_member')) return refused('to', 'There is no authority to delegate.');
  return formFault(given);
}

function partFault(given: Given): Refusal | undefined {
  const { from, wanted, chain, active, now } = given;
  const has = effective(chain, active, now);
  if (!has || chain.at(-1)?.to !== from.id) return refused('parent', 'It does not give the caller anything now.');
  if (chain.length >= deepest) return tooWide('parent', `A chain has ${deepest} delegations at most.`);
  const beyond = wanted.types.find((type) => !has.types.includes(type));
  if (beyond !== undefined) return tooWide('types', `\`${beyond}\` was not delegated to the caller.`);
  if (has.maxCost !== null && (wanted.max_cost_micro_usd ?? Infinity) > has.maxCost) {
    return tooWide('max_cost_micro_usd', `The caller may decide up to ${has.maxCost}.`);
  }
  if (new Date(wanted.expires_at) > new Date(has.expiresAt)) return tooWide('expires_at', `It ends ${has.expiresAt}.`);
  return formFault(given);
}

/** A row of those who delegated to a principal, as it is kept beside the delegation. */
export type Delegator = Pick<
  Delegation,
  'id' | 'path' | 'persons' | 'types' | 'created_at' | 'expires_at' | 'revoked_at'
>;

/**
 * Everybody who delegated to the requester what it asked for: at the time it asked, or since. Who revokes a delegation to vote
 * has still delegated; and who delegated does not approve under another name.
 */
export function barredBy(
  delegators: readonly Delegator[],
  { decision_type, opened_at }: Pick<Escalation, 'decision_type' | 'opened_at'>,
): Barred {
  const asked = new Date(opened_at);
  const held = delegators.filter(
    ({ types, expires_at, revoked_at }) =>
      types.includes(decision_type) &&
      new Date(expires_at) > asked &&
      (revoked_at === null || new Date(revoked_at) >= asked),
  );
  return {
    ids: new Set(held.flatMap(({ path }) => path)),
    persons: new Set(held.flatMap(({ persons }) => persons)),
  };
}
