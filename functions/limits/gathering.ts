import { type Commit, type CommitContext, Contended } from '../shared/commit.ts';
import { Problem } from '../shared/errors.ts';
import type { Account } from './accounts-model.ts';
import type { Quota } from './contract.ts';
import { bound, gathered, type Gathering, type Whole } from './gathering-model.ts';
import { type Limits, writes } from './store.ts';

export type Ports = { store: Limits; commit: Commit };

/** Who moves amounts between vault and purses. It changes no sum, so there is nothing to be entered in the ledger. */
const mover = 'orchestra_limits';

type Moment = Pick<CommitContext, 'now' | 'trace'>;
type Moved = Extract<Gathering, { kind: 'moved' }>;

/** @returns whether it was moved; not, where somebody spent or moved some of it in the meantime */
async function move(
  { commit }: Ports,
  whole: Whole,
  { vault, purses }: Moved,
  { now, trace }: Moment,
): Promise<boolean> {
  const { scope } = whole;
  const moves = [
    ...writes.vault(scope, whole.vault, vault),
    ...[...purses].flatMap(([number, purse]) => writes.purse(scope, number, whole.purses[number], purse)),
  ];
  try {
    await commit({ writes: moves, entries: [] }, { actor: mover, now, trace });
    return true;
  } catch (error) {
    if (error instanceof Contended) return false;
    throw error;
  }
}

type Wanted = { account: Account; quota: Quota; amount: number };

/**
 * Looks through a whole limit for what its vault and one purse do not have, and brings it within their reach.
 * @returns what is left in all, where that is not enough; otherwise undefined: read again, and take
 */
export async function bringCloser(ports: Ports, { account, quota, amount }: Wanted, moment: Moment) {
  const whole = await ports.store.whole(account);
  if (!isDefined(whole)) return undefined;
  const found = gathered(whole, quota, amount, moment.now);
  if (found.kind === 'lacking') return found;
  if (found.kind === 'moved') await move(ports, whole, found, moment);
  return undefined;
}

const isDefined = (whole: Account & Pick<Whole, 'purses'>): whole is Whole => whole.definition !== undefined;

/** Each round moves what one quota owes, or finds that somebody was quicker. */
const mostRounds = 100;

/**
 * Makes a definition that was just committed hold: whoever asks from now on cannot spend beyond it.
 * @throws Problem `Overloaded` when other requests kept moving the amounts; the next request of the scope binds it then
 */
export async function bind(ports: Ports, account: Account, moment: Moment): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    const whole = await ports.store.whole(account);
    const moved = isDefined(whole) ? bound(whole, moment.now) : undefined;
    if (!moved || !isDefined(whole)) return;
    await move(ports, whole, moved, moment);
  }
  throw new Problem('Overloaded', 'The limit is set, and binds with the next request under it.', {
    headers: { 'retry-after': '1' },
  });
}
