import type { Commit, CommitContext } from '../shared/commit.ts';
import { Problem } from '../shared/errors.ts';
import type { Account } from './accounts-model.ts';
import type { Quota, Scope } from './contract.ts';
import { bound, gathered, type Gathering, type Whole } from './gathering-model.ts';
import { keyOf } from './scopes-model.ts';
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
    ...writes.inForce(whole, whole.vault, vault),
    ...[...purses].flatMap(([number, purse]) => writes.purse(scope, number, whole.purses[number], purse)),
  ];
  try {
    await commit({ writes: moves, entries: [] }, { actor: mover, now, trace });
    return true;
  } catch (error) {
    // So many records at once are often being written by somebody at this very instant.
    if (error instanceof Problem && error.code === 'RequestInFlight') return false;
    throw error;
  }
}

type Wanted = { account: Account; quota: Quota; amount: number };

/**
 * Looks through a whole limit for what its vault and one purse do not have, and brings it within their reach; something at
 * all, where nothing is wanted.
 * @returns what is left in all of the quota in force, where that is not enough; otherwise undefined: read again, and take
 */
export async function bringCloser(ports: Ports, { account, quota: read, amount }: Wanted, moment: Moment) {
  const whole = await ports.store.whole(account);
  if (!isDefined(whole)) return undefined;
  // It may have become another one since it was found short.
  const quota = whole.definition.quotas.find((one) => keyOf(one) === keyOf(read));
  if (!quota) return undefined;
  const found = gathered(whole, quota, Math.max(1, amount), moment.now);
  if (found.kind === 'lacking') return { ...found, quota };
  if (found.kind === 'moved') await move(ports, whole, found, moment);
  return undefined;
}

const isDefined = (whole: Account & Pick<Whole, 'purses'>): whole is Whole => whole.definition !== undefined;

/** Each round moves what one quota owes, or finds that somebody was quicker. */
const mostRounds = 100;

/**
 * Makes the quotas in force hold: whoever asks from now on cannot spend beyond it.
 * @throws Problem `Overloaded` when other requests kept moving the amounts; the next request of the scope binds it then
 */
export async function bind(ports: Ports, scope: Scope, moment: Moment): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    const whole = await ports.store.whole({ scope, number: 0 });
    const moved = isDefined(whole) ? bound(whole, moment.now) : undefined;
    if (!moved || !isDefined(whole)) return;
    await move(ports, whole, moved, moment);
  }
  throw new Problem('Overloaded', 'The limit is set, and binds with the next request under it.', {
    headers: { 'retry-after': '1' },
  });
}
