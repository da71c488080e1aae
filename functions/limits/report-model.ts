import { epochSeconds } from '../shared/clock.ts';
import type { Told } from '../shared/response.ts';
import { type Account, consumed, quotasOf } from './accounts-model.ts';
import type { Consumption, Dimension, LimitUsage, Quota, Reservation, Scope } from './contract.ts';
import type { Whole } from './gathering-model.ts';
import { keyOf, nameOf } from './scopes-model.ts';
import { opened } from './accounts-model.ts';
import { endOf, labelOf, secondsOf } from './windows-model.ts';

/** Why something is refused that everything else would have allowed. */
export type Refusal = { code: 'LimitMissing' | 'LimitExceeded'; detail: string };

export const missing = (scope: Scope, dimension: Dimension): Refusal => ({
  code: 'LimitMissing',
  detail: `No limit of ${dimension} is set for ${nameOf(scope)}, so nothing may be consumed.`,
});

type Found = { label: string; wanted: number; remaining: number };

/** The refusal of a quota, and what its caller is told; not to try again, where no window would ever have so much. */
export function exceeded(scope: Scope, quota: Quota, { label, wanted, remaining }: Found, now: Date) {
  const { dimension, window, amount } = quota;
  const ends = endOf(window, label);
  const left = `${nameOf(scope)} has ${remaining} of ${amount} ${dimension} left in the ${window} that ends at ${ends.toISOString()}`;
  const why = wanted > 0 ? `${wanted} were asked for` : 'at 100 % everything stops';
  const refusal: Refusal = { code: 'LimitExceeded', detail: `${left}; ${why}.` };
  const policy = policyOf(scope, quota, { label, remaining }, now);
  const told: Told = {
    policies: [policy],
    retryAfterSeconds: Math.max(1, wanted) > amount ? undefined : policy.resetSeconds,
  };
  return { refusal, told };
}

const policyOf = (scope: Scope, quota: Quota, { label, remaining }: Omit<Found, 'wanted'>, now: Date) => ({
  name: [scope.kind, quota.dimension, quota.window].join('-'),
  limit: quota.amount,
  remaining,
  windowSeconds: secondsOf(quota.window, label),
  resetSeconds: Math.max(0, epochSeconds(endOf(quota.window, label)) - epochSeconds(now)),
});

/** What is left to the principal itself of the quotas that it just consumed. */
export function toldOf(accounts: readonly Account[], amounts: Consumption, now: Date): Told {
  const own = accounts.filter(({ scope }) => scope.kind === 'agent');
  const policies = own.flatMap((account) =>
    consumed(amounts)
      .flatMap(([dimension]) => quotasOf(account, dimension))
      .flatMap((quota) => {
        const reserve = account.vault?.reserves[keyOf(quota)];
        const balance = account.purse?.balances[keyOf(quota)];
        if (!reserve || !balance) return [];
        return [policyOf(account.scope, quota, { label: reserve.label, remaining: reserve.free + balance.free }, now)];
      }),
  );
  return { policies };
}

/** Where the amounts were taken from, so that they find back there. */
export const chargesOf = (accounts: readonly Account[], amounts: Consumption): Reservation['charges'] =>
  accounts.map((account) => {
    const quotas = consumed(amounts).flatMap(([dimension]) => quotasOf(account, dimension));
    const labels = quotas.map((quota) => [keyOf(quota), account.purse?.balances[keyOf(quota)]?.label ?? '']);
    return { limit: nameOf(account.scope), purse: account.number, windows: Object.fromEntries(labels) };
  });

/** The limit in force, and what its purses have used. */
export function usageOf(whole: Account & Pick<Whole, 'purses'>, now: Date): LimitUsage {
  const { scope, own, definition } = whole;
  const quotas = definition?.quotas ?? [];
  const { vault } = definition ? opened({ ...whole, definition }, quotas, now) : whole;
  return {
    ...scope,
    version: own?.version ?? 0,
    set_by: definition?.from ?? null,
    quotas: quotas.map((quota) => {
      const label = vault?.reserves[keyOf(quota)]?.label ?? labelOf(quota.window, now);
      const used = scope.kind === 'default' ? null : usedIn(whole.purses, keyOf(quota), label);
      const remaining = used === null ? null : Math.max(0, quota.amount - used);
      return { ...quota, used, remaining, resets_at: endOf(quota.window, label).toISOString() };
    }),
  };
}

const usedIn = (purses: Whole['purses'], key: string, label: string): number =>
  purses.reduce((sum, purse) => {
    const balance = purse?.balances[key];
    return balance?.label === label ? sum + balance.used : sum;
  }, 0);
