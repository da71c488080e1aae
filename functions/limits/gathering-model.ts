import { type Account, opened, type Purse, type Vault } from './accounts-model.ts';
import type { Quota } from './contract.ts';
import { type Definition, keyOf } from './scopes-model.ts';

/** A vault and all of its purses, by number, at one instant. */
export type Whole = Account & { definition: Definition; purses: readonly (Purse | undefined)[] };

export type Gathering =
  /** All that is free of the limit does not make up the amount. */
  | { kind: 'lacking'; remaining: number; label: string }
  /** Nothing has to be moved: the vault alone, or with the purse, has it by now. */
  | { kind: 'enough' }
  /** What the vault and some purses become, so that the vault has it. */
  | { kind: 'moved'; vault: Vault; purses: ReadonlyMap<number, Purse> };

/**
 * Takes free amounts back from the richest purses until the vault has as much as is wanted, and half of all that is free
 * at least: whoever comes next finds something there.
 */
export function gathered(whole: Whole, quota: Quota, amount: number, now: Date): Gathering {
  const key = keyOf(quota);
  const { vault, purse } = opened(whole, [quota], now);
  const reserve = vault.reserves[key];
  if (!reserve) return { kind: 'lacking', remaining: 0, label: '' };
  const { label } = reserve;
  const rich = whole.purses
    .flatMap((one, number) => (one?.balances[key]?.label === label ? [{ number, purse: one }] : []))
    .map(({ number, purse: one }) => ({ number, purse: one, free: one.balances[key]?.free ?? 0 }))
    .filter(({ free }) => free > 0)
    .toSorted((a, b) => b.free - a.free);
  const total = rich.reduce((sum, { free }) => sum + free, reserve.free);
  if (total < amount) return { kind: 'lacking', remaining: Math.max(0, total), label };
  const inReach = reserve.free + (purse.balances[key]?.free ?? 0);
  if (reserve.free >= 0 && inReach >= amount) return { kind: 'enough' };
  let free = reserve.free;
  const purses = new Map<number, Purse>();
  for (const donor of rich) {
    if (free >= amount && free >= total / 2) break;
    free += donor.free;
    purses.set(donor.number, emptied(donor.purse, key));
  }
  return { kind: 'moved', vault: { ...vault, reserves: { ...vault.reserves, [key]: { ...reserve, free } } }, purses };
}

function emptied({ turn, balances }: Purse, key: string): Purse {
  const balance = balances[key];
  return { turn: turn + 1, balances: balance ? { ...balances, [key]: { ...balance, free: 0 } } : balances };
}

/**
 * What takes effect at once when a limit became another one. First every purse is turned, once for each edition: whatever
 * was planned under another one is refused, also what a purse had by itself of a dimension that has no quota any more.
 * Then, where the limit was lowered below what its purses hold, they give back until the vault owes nothing, or have
 * nothing left.
 * @returns undefined when nothing is left to be moved
 */
export function bound(whole: Whole, now: Date): Extract<Gathering, { kind: 'moved' }> | undefined {
  const { edition, quotas } = whole.definition;
  const { vault } = opened(whole, quotas, now);
  if (vault.bound !== edition) {
    const purses = whole.purses.flatMap((purse, number) => (purse ? [[number, turned(purse)] as const] : []));
    return { kind: 'moved', vault: { ...vault, bound: edition }, purses: new Map(purses) };
  }
  for (const quota of quotas) {
    const key = keyOf(quota);
    const reserve = vault.reserves[key];
    if (!reserve || reserve.free >= 0) continue;
    const held = whole.purses.reduce((sum, one) => sum + freeIn(one, key, reserve.label), 0);
    const found = held > 0 ? gathered(whole, quota, Math.min(0, reserve.free + held), now) : undefined;
    if (found?.kind === 'moved') return found;
  }
  return undefined;
}

const turned = ({ turn, balances }: Purse): Purse => ({ turn: turn + 1, balances });

const freeIn = (purse: Purse | undefined, key: string, label: string): number => {
  const balance = purse?.balances[key];
  return balance?.label === label ? balance.free : 0;
};
