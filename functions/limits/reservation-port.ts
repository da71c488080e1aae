import type { Change, CommitContext } from '../shared/commit.ts';
import type { Item, Key, Write } from '../shared/dynamo.ts';
import type { Home } from '../shared/principal.ts';
import type { Told } from '../shared/response.ts';
import type { Consumption, Reservation } from './consumption-contract.ts';

type Moment = Pick<CommitContext, 'now' | 'trace'>;
type Holder = Home & { id: string };
/** Records of `keysFor` a principal, in their order. */
export type LoadedLimits = { holder: Holder; items: readonly (Item | undefined)[] };

/** What is about to be consumed, beside the call itself; `expiresAt` is when it goes back if nobody says what came of it. */
export type ReservationAsked = Moment & { holder: Holder; amounts: Consumption; expiresAt: string };

/** Both come with what belongs into the transaction of whatever was asked for. */
export type Reserved = { change: Change; told: Told } & (
  | { kind: 'reserved'; reservation: Reservation }
  | { kind: 'refused'; refusal: { code: 'LimitMissing' | 'LimitExceeded'; detail: string } }
);

/** What came of it; `decisionId` is what notes of an overrun name: the decision, or the task. */
export type Settlement = Moment & {
  reservation: Reservation;
  abandoned: boolean;
  actual: Consumption | undefined;
  decisionId: string;
  principal: string;
  domain: string;
};

/** `overrun` was consumed, but is charged to no limit, because none had it left. */
export type Settled = { change: Change; reservation: Reservation; overrun: Consumption };

/**
 * What other slices ask of the limits slice. Each answer is planned on numbers that others may move meanwhile: `commit` then
 * throws `Contended`, and all is planned anew (`persistently`).
 */
export type Limits = {
  /** Records that `reserve` plans with; read in the same batch as the caller. */
  keysFor: (holder: Holder) => readonly Key[];
  /** @param loaded those records, in order; read where absent */
  reserve: (asked: ReservationAsked, loaded?: readonly (Item | undefined)[]) => Promise<Reserved>;
  /** @param loaded those records of whoever reserved; used where they are those that it reserved at */
  settle: (settlement: Settlement, loaded?: LoadedLimits) => Promise<Settled>;
  /** Gives back what nobody settled in time. */
  expire: (reservation: Reservation) => Promise<{ writes: Write[]; reservation: Reservation }>;
};
