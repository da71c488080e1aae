import type { Account } from './accounts-model.ts';
import type { Dimension, Limit, Quota } from './contract.ts';
import { keyOf } from './scopes-model.ts';

/** Something about a limit that people are told, once for each quota and window (an overrun: each time). */
export type Note = { account: Account } & (
  | { kind: 'warned'; quota: Quota; label: string; used: number }
  | { kind: 'reached'; quota: Quota; label: string; wanted: number; remaining: number }
  | { kind: 'overrun'; dimension: Dimension; over: number; decisionId: string }
);

/** Part of a quota, in percent, at which people are warned. */
export const warnAtPercent = 80;

/** The most notes that one transaction has room for, beside what it is for. */
const mostNotes = 16;

/**
 * Warnings that are due after something was taken. What other purses hold counts as used, for it may be by now: a warning
 * comes early by that much at most, never late.
 */
export function warningsOf(accounts: readonly Account[]): Note[] {
  const due = accounts.flatMap((account) =>
    (account.definition?.quotas ?? []).flatMap((quota): Note[] => {
      const key = keyOf(quota);
      const reserve = account.vault?.reserves[key];
      const balance = account.purse?.balances[key];
      if (!reserve || balance?.label !== reserve.label || account.own?.warned[key] === reserve.label) return [];
      const used = reserve.amount - reserve.free - balance.free;
      const isDue = used > 0 && used >= (reserve.amount / 100) * warnAtPercent;
      return isDue ? [{ account, kind: 'warned', quota, label: reserve.label, used }] : [];
    }),
  );
  return due.slice(0, mostNotes);
}

/** The note that a quota did not have what was wanted of it; none where that was told in this window. */
export function reachedNote(
  account: Account,
  quota: Quota,
  label: string,
  found: { wanted: number; remaining: number },
): Note[] {
  const isTold = account.own?.reached[keyOf(quota)] === label;
  return isTold ? [] : [{ account, kind: 'reached', quota, label, ...found }];
}

/** The limit's record with the notes in it: a version for each. One that has no record yet gets one without quotas. */
export function noted(limit: Limit, notes: readonly Note[]): Limit {
  let { version, warned, reached } = limit;
  for (const note of notes) {
    version += 1;
    if (note.kind === 'warned') warned = { ...warned, [keyOf(note.quota)]: note.label };
    if (note.kind === 'reached') reached = { ...reached, [keyOf(note.quota)]: note.label };
  }
  return { ...limit, version, warned, reached };
}
