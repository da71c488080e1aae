import type { Consumption, Reservation } from '../limits/contract.ts';
import type { PolicyRequest, PolicyVerdict } from '../policies/contract.ts';
import type { Change, CommitContext } from '../shared/commit.ts';
import type { Item, Key, Write } from '../shared/dynamo.ts';
import type { Actor, Home } from '../shared/principal.ts';
import type { Told } from '../shared/response.ts';
import type { ApprovalRequest, Granted } from './contract.ts';

/** What the authority slice asks of the policies slice. */
export type Policies = {
  /** Record that names the version in force; read in the same batch as the caller. */
  activeKey: Key;
  /** The verdict of that version. Never throws for a policy's sake: what cannot be evaluated denies. */
  evaluate: (active: Item | undefined, request: PolicyRequest) => Promise<PolicyVerdict>;
};

type Moment = Pick<CommitContext, 'now' | 'trace'>;
type Holder = Home & { id: string };

/** What is about to be consumed, beside the call itself; `expiresAt` is when it goes back if nobody says what came of it. */
export type ReservationAsked = Moment & { holder: Holder; amounts: Consumption; expiresAt: string };

/** Both come with what belongs into the transaction of the decision. */
export type Reserved = { change: Change; told: Told } & (
  | { kind: 'reserved'; reservation: Reservation }
  | { kind: 'refused'; refusal: { code: 'LimitMissing' | 'LimitExceeded'; detail: string } }
);

export type Settlement = Moment & {
  reservation: Reservation;
  abandoned: boolean;
  actual: Consumption | undefined;
  decisionId: string;
  principal: string;
  domain: string;
};

/**
 * What the authority slice asks of the limits slice. Each answer is planned on numbers that others may move meanwhile:
 * `commit` then throws `Contended`, and all is planned anew (`persistently`).
 */
export type Limits = {
  /** Records that `reserve` plans with; read in the same batch as the caller. */
  keysFor: (holder: Holder) => readonly Key[];
  /** @param loaded those records, in order; read where absent */
  reserve: (asked: ReservationAsked, loaded?: readonly (Item | undefined)[]) => Promise<Reserved>;
  /** `overrun` was consumed, but is charged to no limit, because none had it left. */
  settle: (settlement: Settlement) => Promise<{ change: Change; reservation: Reservation; overrun: Consumption }>;
  /** Gives back what nobody settled in time. */
  expire: (reservation: Reservation) => Promise<{ writes: Write[]; reservation: Reservation }>;
};

/** What the authority slice asks of the approvals slice. */
export type Approvals = {
  /** The escalation of a decision, to be written in its transaction. */
  open: (request: ApprovalRequest) => Change;
  of: (escalationId: string) => Promise<Granted | undefined>;
  /** Delegators of a delegation that the actor may act under for this type now, first one first; undefined if it may not. */
  chainOf: (delegationId: string, actor: Actor, type: string, now: Date) => Promise<readonly string[] | undefined>;
};
