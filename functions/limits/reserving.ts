import { type Change, type CommitContext, Contended } from '../shared/commit.ts';
import type { Item, Key } from '../shared/dynamo.ts';
import type { Told } from '../shared/response.ts';
import { type Account, consumed, takeFrom, type Taking, usedUp } from './accounts-model.ts';
import type { Consumption, Reservation } from './contract.ts';
import { changeOfNotes } from './facts.ts';
import { bringCloser, type Ports } from './gathering.ts';
import { reachedNote, warningsOf } from './notes-model.ts';
import { chargesOf, exceeded, missing, type Refusal, toldOf } from './report-model.ts';
import type { Holder } from './scopes-model.ts';
import { accountsFrom, besideNotes, keysOfShares, sharesOf, writes } from './store.ts';

/** What somebody is about to consume, beside the call itself. `expiresAt` is when it goes back if nobody says what came of it. */
export type Asked = Pick<CommitContext, 'now' | 'trace'> & {
  holder: Holder;
  amounts: Consumption;
  expiresAt: string;
};

/** Both come with a change that belongs into the transaction of whatever was asked for, or is recorded as refused. */
export type Reserved = { change: Change; told: Told } & (
  { kind: 'reserved'; reservation: Reservation } | { kind: 'refused'; refusal: Refusal }
);

/** Each round brings an amount closer that one quota of one limit had elsewhere; most have a few quotas at four limits. */
const mostRounds = 40;

/** Records that a reservation is planned with; read them in the same batch as everything else that the request needs. */
export const keysFor = (holder: Holder): Key[] => keysOfShares(sharesOf(holder));

/**
 * Plans a reservation at every limit over a principal.
 * @param loaded the records of `keysFor`, in order; read here where absent
 * @throws Contended when other requests kept taking what was found
 */
export async function reserve(ports: Ports, given: Asked, loaded?: readonly (Item | undefined)[]): Promise<Reserved> {
  const asked = { ...given, amounts: withCall(given.amounts) };
  const shares = sharesOf(asked.holder);
  for (let round = 0; round < mostRounds; round += 1) {
    const isGiven = loaded !== undefined && round === 0;
    const accounts = isGiven ? accountsFrom(shares, loaded) : await ports.store.accounts(shares);
    const taking = takenBy(asked, accounts);
    if (taking.kind === 'stale') continue;
    const answer =
      taking.kind === 'short' ? await lookElsewhere(ports, taking, asked) : answered(taking, accounts, asked);
    if (answer) return answer;
  }
  throw new Contended();
}

function takenBy({ amounts, now }: Asked, accounts: readonly Account[]): Taking {
  const taking = takeFrom(accounts, amounts, now);
  return taking.kind === 'taken' ? (usedUp(accounts, amounts, now) ?? taking) : taking;
}

function answered(
  taking: Exclude<Taking, { kind: 'short' | 'stale' }>,
  before: readonly Account[],
  asked: Asked,
): Reserved {
  if (taking.kind === 'missing') {
    const refusal = missing(taking.account.scope, taking.dimension);
    return { kind: 'refused', refusal, change: { writes: [], entries: [] }, told: { policies: [] } };
  }
  const { accounts } = taking;
  const notes = changeOfNotes(warningsOf(accounts), occasionOf(asked));
  const taken = accounts.flatMap((account, at) => writes.account(before[at] as Account, account));
  const { amounts, expiresAt: expires_at } = asked;
  return {
    kind: 'reserved',
    reservation: { state: 'reserved', amounts, expires_at, charges: chargesOf(accounts, amounts) },
    change: { writes: besideNotes(taken, notes.writes), entries: notes.entries },
    told: toldOf(accounts, amounts, asked.now),
  };
}

async function lookElsewhere(ports: Ports, short: Extract<Taking, { kind: 'short' }>, asked: Asked) {
  const lacking = await bringCloser(ports, short, asked);
  if (!lacking) return undefined;
  const { account, amount: wanted } = short;
  const { label, remaining, quota } = lacking;
  const note = reachedNote(account, quota, label, { wanted, remaining });
  const found = exceeded(account.scope, quota, { label, wanted, remaining }, asked.now);
  return { kind: 'refused' as const, ...found, change: changeOfNotes(note, occasionOf(asked)) };
}

/** Whatever is asked for, asking is a call. */
const withCall = (amounts: Consumption): Consumption => ({
  ...Object.fromEntries(consumed(amounts)),
  api_calls: Math.max(1, amounts.api_calls ?? 1),
});

const occasionOf = ({ holder, now }: Asked) => ({ principal: holder.id, domain: holder.domain ?? 'enterprise', now });
