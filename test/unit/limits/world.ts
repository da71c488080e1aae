import { changedEntry } from '../../../functions/limits/facts.ts';
import { bind } from '../../../functions/limits/gathering.ts';
import type { Consumption, Quota, Reservation, Scope } from '../../../functions/limits/contract.ts';
import { limitsPort } from '../../../functions/limits/port.ts';
import { usageOf } from '../../../functions/limits/report-model.ts';
import { keyOf, pursesOf, scopeNamed } from '../../../functions/limits/scopes-model.ts';
import { keys, limitsStore, unset, writes } from '../../../functions/limits/store.ts';
import type { Item } from '../../../functions/shared/dynamo.ts';
import { continueTrace } from '../../../functions/shared/trace.ts';
import { memoryState } from '../../support/memory-state.ts';

const trace = continueTrace(undefined);
export const enterprise: Scope = { kind: 'enterprise', id: 'enterprise' };
export const aQuota = (dimension: Quota['dimension'], window: Quota['window'], amount: number): Quota => ({
  dimension,
  window,
  amount,
});
const plenty = aQuota('api_calls', 'day', 1_000_000_000);

/** Limits over state in memory, through the port that the authority slice uses. */
export function limitsWorld() {
  const state = memoryState();
  const store = limitsStore(state.table);
  const port = limitsPort({ state: state.table, commit: state.commit });
  const ports = { store, commit: state.commit };
  const commit = (change: Parameters<typeof state.commit>[0], now: Date) =>
    state.commit(change, { actor: 'test', now, trace });
  const account = async (scope: Scope) => {
    const [found] = await store.accounts([{ scope, number: 0 }]);
    if (!found) throw new Error('no account');
    return found;
  };
  /** Records quotas, without what makes them bind. Calls are not what is tested. */
  const record = async (scope: Scope, quotas: Quota[], now: Date): Promise<void> => {
    const before = await account(scope);
    const limit = before.own ?? unset(scope, now);
    const all = [...quotas, plenty].filter((one, at, every) => every.findIndex((x) => keyOf(x) === keyOf(one)) === at);
    const { version, revision } = limit;
    const after = { ...limit, version: version + 1, revision: revision + 1, quotas: all, warned: {}, reached: {} };
    const entry = changedEntry(after, 'product', { reason: 'test', decisionId: undefined });
    await commit({ writes: [writes.limit(before.own, after)], entries: [entry] }, now);
  };
  return {
    state,
    port,
    ports,
    trace,
    account,
    record,
    /** Sets quotas as the operation does: the record first, then whatever makes it bind. */
    set: async (scope: Scope, quotas: Quota[], now: Date) => {
      await record(scope, quotas, now);
      if (scope.kind !== 'default') await bind(ports, scope, { now, trace });
    },
    /** Plans a reservation; `commit` writes it, then or later. */
    plan: async (agent: string, amounts: Consumption, now: Date, loaded?: (Item | undefined)[]) => {
      const holder = { id: agent, team: 'checkout', domain: 'product' };
      const reserved = await port.reserve({ holder, amounts, now, trace, expiresAt: now.toISOString() }, loaded);
      return { ...reserved, commit: () => commit(reserved.change, now) };
    },
    /** Plans a settlement; `commit` writes it, then or later. */
    settle: async (reservation: Reservation, actual: Consumption | undefined, now: Date, abandoned = false) => {
      const about = { decisionId: 'dec_1', principal: 'agt_1', domain: 'product' };
      const settled = await port.settle({ reservation, actual, abandoned, now, trace, ...about });
      return { ...settled, commit: () => commit(settled.change, now) };
    },
    expire: async (reservation: Reservation, now: Date) => {
      const { writes: back, reservation: expired } = await port.expire(reservation);
      await commit({ writes: back, entries: [] }, now);
      return expired;
    },
    usage: async (scope: Scope, now: Date) => usageOf(await store.roughly(await account(scope)), now),
    events: (type: string) => state.entries.filter(({ event }) => event.type === `orchestra.limit.${type}.v1`),
  };
}

export type LimitsWorld = ReturnType<typeof limitsWorld>;

type Kept = Record<string, { label: string; amount: number; free: number; used: number }>;

/** Every vault whose parts do not add up to its amount, or that has a purse below zero. */
export function broken({ state }: LimitsWorld, scopes: readonly string[]): string[] {
  return scopes.map(scopeNamed).flatMap((scope) => {
    const row = (key: { pk: string; sk: string }): Kept =>
      (state.rows.get(`${key.pk} ${key.sk}`) ?? {}) as unknown as Kept;
    const vault = row(keys.vault(scope));
    const purses = Array.from({ length: pursesOf(scope) }, (_, number) => row(keys.purse(scope, number)));
    return Object.entries(vault)
      .filter(([, reserve]) => typeof reserve === 'object')
      .flatMap(([key, reserve]) => {
        const held = purses.flatMap((purse) => (purse[key]?.label === reserve.label ? [purse[key]] : []));
        const sum = held.reduce((total, { free, used }) => total + free + used, reserve.free);
        const isSound = sum === reserve.amount && held.every(({ free, used }) => free >= 0 && used >= 0);
        return isSound ? [] : [`${scope.kind}/${scope.id} ${key}: ${JSON.stringify({ reserve, held })}`];
      });
  });
}
