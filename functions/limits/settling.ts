import { Contended } from '../shared/commit.ts';
import { type Account, consumed, givenBack, takeFrom, type Taking } from './accounts-model.ts';
import { type Consumption, type Dimension, dimensions, type Reservation, Window } from './contract.ts';
import { changeOfNotes } from './facts.ts';
import { bringCloser, type Ports } from './gathering.ts';
import { type Note, reachedNote, warningsOf } from './notes-model.ts';
import { chargesOf } from './report-model.ts';
import type { LoadedLimits, Settled, Settlement } from './reservation-port.ts';
import { keyOf, nameOf, scopeNamed } from './scopes-model.ts';
import { accountsFrom, besideNotes, type Share, sharesOf, writes } from './store.ts';

const mostRounds = 40;

const sharesIn = ({ charges }: Reservation): Share[] =>
  charges.map(({ limit, purse }) => ({ scope: scopeNamed(limit), number: purse }));

/** The accounts of a reservation from records that were read for its principal; none, where it was moved since it reserved. */
function accountsIn(reservation: Reservation, loaded: LoadedLimits | undefined): Account[] | undefined {
  if (!loaded) return undefined;
  const shares = sharesOf(loaded.holder);
  const places = (all: readonly Share[]): string =>
    all.map(({ scope, number }) => `${nameOf(scope)}@${number}`).join(' ');
  return places(shares) === places(sharesIn(reservation)) ? accountsFrom(shares, loaded.items) : undefined;
}

/** Gives amounts back to the windows that they were reserved in. */
function returned(accounts: readonly Account[], { charges }: Reservation, amounts: Consumption): Account[] {
  return accounts.map((account, at) => {
    const labels = charges[at]?.windows ?? {};
    let next = account;
    for (const [dimension, amount] of consumed(amounts)) {
      for (const window of Window.values) {
        const key = keyOf({ dimension, window });
        const label = labels[key];
        if (label !== undefined) next = givenBack(next, key, label, amount);
      }
    }
    return next;
  });
}

/** By how much one consumption exceeds another. */
const beyond = (more: Consumption, less: Consumption): Consumption =>
  Object.fromEntries(
    dimensions
      .map((dimension) => [dimension, (more[dimension] ?? 0) - (less[dimension] ?? 0)] as const)
      .filter(([, difference]) => difference > 0),
  );

/** The call that asked was made, whatever became of what it asked for, so it is never given back. */
const asking = ({ amounts }: Reservation): Consumption => ({ api_calls: Math.min(1, amounts.api_calls ?? 0) });

/** What was consumed: as reported, else as it was estimated; nothing more than was reported by what was abandoned. */
function spentOf({ reservation, abandoned, actual }: Settlement): Consumption {
  const spent = { ...(abandoned ? {} : reservation.amounts), ...actual };
  return { ...spent, api_calls: Math.max(spent.api_calls ?? 0, asking(reservation).api_calls ?? 0) };
}

/** What a reservation holds until it is settled: all of it, or after it expired the call that asked. */
const heldBy = (reservation: Reservation): Consumption =>
  reservation.state === 'reserved' ? reservation.amounts : asking(reservation);

/** Where amounts were taken from, with the windows of what was taken later. */
const mergedCharges = (before: Reservation['charges'], later: Reservation['charges']): Reservation['charges'] =>
  before.map((charge, at) => ({ ...charge, windows: { ...charge.windows, ...later[at]?.windows } }));

/**
 * Plans the settlement of a reservation: what was not used goes back, what was used beyond it is taken if the limits have
 * it left. An expired reservation holds nothing but the call that asked, so all else that was used is taken anew.
 * @throws Contended when other requests kept taking what was found
 */
export async function settle(ports: Ports, outcome: Settlement, loaded?: LoadedLimits): Promise<Settled> {
  const { reservation } = outcome;
  const held = heldBy(reservation);
  const spent = spentOf(outcome);
  let more = beyond(spent, held);
  let notes: Note[] = [];
  for (let round = 0; round < mostRounds; round += 1) {
    const given = round === 0 ? accountsIn(reservation, loaded) : undefined;
    const before = given ?? (await ports.store.accounts(sharesIn(reservation)));
    const after = returned(before, reservation, beyond(held, spent));
    const taking: Taking | { kind: 'none' } =
      consumed(more).length > 0 ? takeFrom(after, more, outcome.now) : { kind: 'none' };
    if (taking.kind === 'none' || taking.kind === 'taken') {
      const accounts = taking.kind === 'taken' ? taking.accounts : after;
      const overrun = beyond(beyond(spent, held), more);
      const amounts = beyond(spent, overrun);
      // What had expired is taken where it counts now.
      const isExpired = reservation.state === 'expired';
      const charges = isExpired ? mergedCharges(reservation.charges, chargesOf(accounts, more)) : reservation.charges;
      const settled = { ...reservation, state: 'settled' as const, amounts, charges };
      return { ...planned(before, accounts, notes, outcome), overrun, reservation: settled };
    }
    if (taking.kind === 'stale') continue;
    const capped = await capOf(ports, taking, more, outcome);
    if (!capped) continue;
    more = { ...more, [capped.dimension]: capped.remaining };
    notes = [...notes, ...capped.notes];
  }
  throw new Contended();
}

type Capped = { dimension: Dimension; remaining: number; notes: Note[] };

/** What can still be taken of a dimension that a limit lacks; undefined when it was found elsewhere in that limit. */
async function capOf(
  ports: Ports,
  taking: Exclude<Taking, { kind: 'taken' | 'stale' }>,
  more: Consumption,
  outcome: Settlement,
): Promise<Capped | undefined> {
  const { account } = taking;
  const { decisionId } = outcome;
  if (taking.kind === 'missing') {
    const { dimension } = taking;
    const over = more[dimension] ?? 0;
    return { dimension, remaining: 0, notes: [{ account, kind: 'overrun', dimension, over, decisionId }] };
  }
  const lacking = await bringCloser(ports, taking, outcome);
  if (!lacking) return undefined;
  const { amount: wanted } = taking;
  const { label, remaining, quota } = lacking;
  const { dimension } = quota;
  const overrun: Note = { account, kind: 'overrun', dimension, over: wanted - remaining, decisionId };
  return { dimension, remaining, notes: [...reachedNote(account, quota, label, { wanted, remaining }), overrun] };
}

function planned(before: readonly Account[], after: readonly Account[], notes: readonly Note[], outcome: Settlement) {
  // The notes may be from an earlier reading than what is written now.
  const latest = new Map(after.map((account) => [nameOf(account.scope), account]));
  const current = [...notes, ...warningsOf(after)].map((note) => ({
    ...note,
    account: latest.get(nameOf(note.account.scope)) ?? note.account,
  }));
  const told = changeOfNotes(current, outcome);
  const moves = after.flatMap((account, at) => writes.account(before[at] as Account, account));
  return { change: { writes: besideNotes(moves, told.writes), entries: told.entries } };
}

/** Plans the end of a reservation that nobody settled in time: all of it goes back, but for the call that asked. */
export async function expire(ports: Pick<Ports, 'store'>, reservation: Reservation) {
  const before = await ports.store.accounts(sharesIn(reservation));
  const after = returned(before, reservation, beyond(reservation.amounts, asking(reservation)));
  const moves = after.flatMap((account, at) => writes.account(before[at] as Account, account));
  return { writes: moves, reservation: { ...reservation, state: 'expired' as const } };
}
