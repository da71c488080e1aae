import type { Consumption, Dimension, Limit, Quota, Scope } from './contract.ts';
import { type Definition, isOlder, keyOf, pursesOf } from './scopes-model.ts';
import { labelOf } from './windows-model.ts';

/** What a limit has not handed out yet of a quota, in the window that `label` names. Below zero it was lowered under what the purses hold. */
export type Reserve = { label: string; amount: number; free: number };
/** `edition` is the definition that the amounts are of, `bound` the last own one that was made to hold for all purses. */
export type Vault = { edition: string; bound: string | undefined; reserves: Readonly<Record<string, Reserve>> };

/** What a purse may still spend, and has spent or promised, in the window that `label` names. */
export type Balance = { label: string; free: number; used: number };
/** `turn` counts how often its free amounts were taken back, or its limit was made another one. */
export type Purse = { turn: number; balances: Readonly<Record<string, Balance>> };

/**
 * One limit as one principal meets it. In each window the free amounts of all purses, what they used, and the free amount
 * of the vault add up to the amount of the quota. A purse only ever spends what it has, so no limit is exceeded however many
 * spend at once.
 */
export type Account = {
  scope: Scope;
  /** Number of the purse. */
  number: number;
  own: Limit | undefined;
  definition: Definition | undefined;
  vault: Vault | undefined;
  purse: Purse | undefined;
};

/** An account whose vault and purse are in this window and of this definition, as far as the quotas at hand go. */
type Open = Account & { definition: Definition; vault: Vault; purse: Purse };

const laterOf = (...labels: (string | undefined)[]): string =>
  labels.reduce<string>((latest, label) => (label !== undefined && label > latest ? label : latest), '');

/** Whether the quotas were read before the vault, and were others by then: nothing may be planned with them. */
const isStale = ({ definition, vault }: Account): boolean =>
  definition !== undefined && vault !== undefined && isOlder(definition.edition, vault.edition);

/** Opens the vault: in a new window it holds the whole amount; under another definition it gains or loses the difference. */
function openVault({ definition, vault, purse }: Account, quotas: readonly Quota[], now: Date): Vault {
  const { edition, quotas: defined } = definition as Definition;
  const isNew = vault?.edition !== edition;
  const reserves: Record<string, Reserve> = { ...vault?.reserves };
  for (const quota of isNew ? defined : quotas) {
    const key = keyOf(quota);
    const before = reserves[key];
    // Windows only ever go forward: a clock that is behind spends in the window that others have begun.
    const label = laterOf(labelOf(quota.window, now), before?.label, purse?.balances[key]?.label);
    const { amount } = quota;
    if (before?.label !== label) reserves[key] = { label, amount, free: amount };
    else if (before.amount !== amount) reserves[key] = { label, amount, free: before.free + amount - before.amount };
  }
  return { edition, bound: vault?.bound, reserves };
}

function openPurse(purse: Purse | undefined, vault: Vault, quotas: readonly Quota[]): Purse {
  const balances = { ...purse?.balances };
  for (const key of quotas.map(keyOf)) {
    const label = vault.reserves[key]?.label ?? '';
    if (balances[key]?.label !== label) balances[key] = { label, free: 0, used: 0 };
  }
  return { turn: purse?.turn ?? 0, balances };
}

/** The account in the current windows of some of its quotas. */
export function opened(account: Account & { definition: Definition }, quotas: readonly Quota[], now: Date): Open {
  const vault = openVault(account, quotas, now);
  return { ...account, vault, purse: openPurse(account.purse, vault, quotas) };
}

/** How much the vault hands out at once: a part of what it has, the more purses there are the less, but what is missing at least. */
function lotOf(scope: Scope, free: number, missing: number): number {
  const shared = pursesOf(scope) === 1 ? free : Math.floor(free / (2 * pursesOf(scope)));
  return Math.max(missing, shared);
}

/** Takes from the purse, and through it from the vault; undefined when the two do not have so much. */
export function taken(account: Open, quota: Quota, amount: number): Open | undefined {
  const key = keyOf(quota);
  const reserve = account.vault.reserves[key] as Reserve;
  const balance = account.purse.balances[key] as Balance;
  const missing = amount - balance.free;
  // What a lowered limit owes counts against whatever a purse still holds.
  if (missing > reserve.free) return undefined;
  const lot = missing > 0 ? lotOf(account.scope, reserve.free, missing) : 0;
  const next = { ...balance, free: balance.free + lot - amount, used: balance.used + amount };
  return {
    ...account,
    vault: {
      ...account.vault,
      reserves: { ...account.vault.reserves, [key]: { ...reserve, free: reserve.free - lot } },
    },
    purse: { ...account.purse, balances: { ...account.purse.balances, [key]: next } },
  };
}

/** Gives back what was not used, as long as its window lasts: to the vault what that owes, the rest to the purse. */
export function givenBack(account: Account, key: string, label: string, amount: number): Account {
  const { vault, purse } = account;
  const balance = purse?.balances[key];
  if (!purse || !vault || balance?.label !== label || amount === 0) return account;
  const reserve = vault.reserves[key];
  const owed = reserve?.label === label ? Math.min(amount, Math.max(0, -reserve.free)) : 0;
  const next = { ...balance, free: balance.free + amount - owed, used: balance.used - amount };
  return {
    ...account,
    purse: { ...purse, balances: { ...purse.balances, [key]: next } },
    ...(reserve && owed > 0
      ? { vault: { ...vault, reserves: { ...vault.reserves, [key]: { ...reserve, free: reserve.free + owed } } } }
      : {}),
  };
}

export type Taking =
  | { kind: 'taken'; accounts: Open[] }
  /** Nothing is set for a dimension that would be consumed. */
  | { kind: 'missing'; account: Account; dimension: Dimension }
  /** The records were read while a limit changed: read again. */
  | { kind: 'stale' }
  /** The vault and this purse do not have it, or nothing at all where nothing is wanted; the other purses may. */
  | { kind: 'short'; account: Account; quota: Quota; amount: number };

/** Dimensions that are consumed at all. */
export const consumed = (amounts: Consumption): [Dimension, number][] =>
  (Object.entries(amounts) as [Dimension, number][]).filter(([, amount]) => amount > 0);

export const quotasOf = ({ definition }: Account, dimension: Dimension): Quota[] =>
  definition?.quotas.filter((quota) => quota.dimension === dimension) ?? [];

/** Takes the amounts from every quota of every account, or from none. */
export function takeFrom(accounts: readonly Account[], amounts: Consumption, now: Date): Taking {
  const wanted = consumed(amounts);
  if (accounts.some(isStale)) return { kind: 'stale' };
  for (const account of accounts) {
    for (const [dimension] of wanted) {
      if (quotasOf(account, dimension).length === 0) return { kind: 'missing', account, dimension };
    }
  }
  const after: Open[] = [];
  for (const account of accounts as (Account & { definition: Definition })[]) {
    const shares = wanted.flatMap(([dimension, amount]) =>
      quotasOf(account, dimension).map((quota) => ({ quota, amount })),
    );
    let next = opened(
      account,
      shares.map(({ quota }) => quota),
      now,
    );
    for (const { quota, amount } of shares) {
      const rest = taken(next, quota, amount);
      if (!rest) return { kind: 'short', account, quota, amount };
      next = rest;
    }
    after.push(next);
  }
  return { kind: 'taken', accounts: after };
}

/**
 * A quota that nothing seems to be left of, among those that nothing is wanted of: at 100 % everything stops, not only what
 * consumes of that dimension. What vault and purse have is enough to know of most; else the other purses may have some.
 */
export function usedUp(
  accounts: readonly Account[],
  amounts: Consumption,
  now: Date,
): Extract<Taking, { kind: 'short' }> | undefined {
  const wanted = new Set(consumed(amounts).map(([dimension]) => dimension));
  for (const account of accounts) {
    const { definition } = account;
    if (!definition) continue;
    const others = definition.quotas.filter(({ dimension }) => !wanted.has(dimension));
    const { vault, purse } = opened({ ...account, definition }, others, now);
    const leftOf = (key: string): number => (vault.reserves[key]?.free ?? 0) + (purse.balances[key]?.free ?? 0);
    const quota = others.find((one) => leftOf(keyOf(one)) <= 0);
    if (quota) return { kind: 'short', account, quota, amount: 0 };
  }
  return undefined;
}
