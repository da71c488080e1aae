import type { Seen } from '../day.ts';
import type { Account } from './books.ts';

const row = (name: string, value: string): string => `    ${name.padEnd(14)}${value}`;
const plural = (count: number, one: string, many = `${one}s`): string => `${String(count)} ${count === 1 ? one : many}`;

/** The account as people read it. */
export function printed(account: Account, { heard, accidents }: Seen): string {
  const { tasks, figures, faults } = account;
  const differing = figures.filter(({ ledger, state }) => ledger !== state);
  const of = (kind: string): number => heard.filter((one) => one.kind === kind).length;
  const races = heard.filter((one) => one.kind === 'refused' && one.code === 'TaskClaimed').length;
  const stale = heard.filter((one) => one.kind === 'lost').length;
  return [
    `\n  The account of the day (seed ${account.seed}), recomputed from ${plural(account.entries, 'entry', 'entries')} of the ledger`,
    row(
      'tasks',
      `${String(tasks.created)} created = ${String(tasks.done)} done + ${String(tasks.open)} open + ${String(tasks.failed)} failed + ${String(tasks.cancelled)} cancelled`,
    ),
    row('claims', `${String(tasks.claims)}, never two on one task at once; every token above the one before`),
    row(
      '',
      `${plural(races, 'race')} lost by those who came second; ${plural(stale, 'stale holder')} told to let go; ${String(of('renewed'))} heartbeats`,
    ),
    row('accidents', accidentsOf(accidents)),
    ...ranOutOf(account),
    ...account.refusals.map(({ code, ledger }) =>
      row('refused', `${plural(ledger, 'time')} ${code}, each in the ledger`),
    ),
    row(
      'compared',
      `${plural(figures.length, 'number')} of the ledger with the state: ${differing.length === 0 ? 'all the same' : `${String(differing.length)} DIFFER`}`,
    ),
    ...differing.map(({ name, ledger, state }) => row('', `${name}: ledger ${String(ledger)}, state ${String(state)}`)),
    ...faults.map(({ rule, subject, detail }) => row('FAULT', `${rule}: ${subject}: ${detail}`)),
    account.balances ? '\n  The books balance.' : `\n  The books do NOT balance: ${plural(faults.length, 'fault')}.`,
  ].join('\n');
}

function accidentsOf(accidents: Seen['accidents']): string {
  const killed = accidents.filter(({ kind }) => kind === 'killed');
  const back = killed.filter((one) => one.back !== undefined);
  return `${plural(killed.length, 'agent')} killed, ${String(back.length)} of them back later; ${String(accidents.length - killed.length)} hung`;
}

function ranOutOf({ tasks: { ranOut, takenOver } }: Account): string[] {
  const waits = ranOut.flatMap(({ seconds }) => seconds ?? []).toSorted((a, b) => a - b);
  const never = ranOut.length - waits.length;
  const middle = waits[Math.floor(waits.length / 2)];
  const times =
    middle === undefined
      ? ''
      : `; claimed again after ${String(waits[0])} to ${String(waits.at(-1))} s, half of them within ${String(middle)} s`;
  return [
    row(
      'leases',
      `${String(ranOut.length)} ran out, ${String(takenOver)} of them taken over before they were swept up${times}`,
    ),
    ...(never > 0 ? [row('', `${String(never)} not claimed again`)] : []),
    ...ranOut.map(({ task, agent, seconds }) =>
      row(
        '',
        `  ${task} of ${agent}: ${seconds === undefined ? 'not claimed again' : `claimed again after ${String(seconds)} s`}`,
      ),
    ),
  ];
}
