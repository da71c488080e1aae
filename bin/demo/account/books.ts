import { setTimeout as sleep } from 'node:timers/promises';
import type { Seen } from '../day.ts';
import type { Call } from '../http.ts';
import { type Entry, type Fault, type Figure, readLedger } from './ledger.ts';
import { readTasks } from './read-state.ts';
import { type TaskAccount, taskAccount, type TaskState } from './tasks.ts';

/** What is read to close the books: the ledger, and the state as it was at that ledger. */
export type Books = { entries: Entry[]; tasks: TaskState };

const attempts = 10;

/**
 * Reads the state between two readings of the ledger that are the same: schedules of the control plane go on while it is read.
 * @param call as somebody who may read all of it
 */
export async function readBooks(call: Call, domains: readonly string[]): Promise<Books> {
  let entries = await readLedger(call, [...domains, 'enterprise']);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const tasks = await readTasks(call, domains);
    const after = await readLedger(call, [...domains, 'enterprise']);
    if (after.length === entries.length) return { entries, tasks };
    entries = after;
    await sleep(500);
  }
  throw new Error('the ledger did not come to rest');
}

export type Account = {
  seed: string;
  entries: number;
  tasks: TaskAccount;
  refusals: { code: string; ledger: number; told: number }[];
  figures: Figure[];
  faults: Fault[];
  balances: boolean;
};

/** Closes the books of a day. */
export function close(seed: string, { entries, tasks }: Books, { heard }: Seen, leaseSeconds: number): Account {
  const taskPart = taskAccount(entries, tasks, heard, leaseSeconds);
  const refusals = refusalsOf(entries, heard);
  const { figures } = taskPart;
  const faults = [...taskPart.faults, ...figures.flatMap(figureFault), ...refusals.flatMap(refusalFault)];
  return { seed, entries: entries.length, tasks: taskPart, refusals, figures, faults, balances: faults.length === 0 };
}

export const figureFault = ({ name, ledger, state }: Figure): Fault[] =>
  ledger === state
    ? []
    : [{ rule: 'ledger and state differ', subject: name, detail: `${String(ledger)}, but ${String(state)}` }];

/** Refusals of those who may not (403) are in the ledger: not less of them than agents were told of. */
function refusalsOf(entries: readonly Entry[], heard: Seen['heard']): Account['refusals'] {
  const told = heard
    .filter((one) => one.kind === 'refused' && one.status === 403)
    .map((one) => ('code' in one ? one.code : ''));
  const noted = entries.filter(({ subject }) => subject.startsWith('refusal/')).map(({ details }) => details.outcome);
  const countOf = (all: readonly string[], code: string): number => all.filter((one) => one === code).length;
  return [...new Set([...told, ...noted])]
    .toSorted()
    .map((code) => ({ code, ledger: countOf(noted, code), told: countOf(told, code) }));
}

const refusalFault = ({ code, ledger, told }: Account['refusals'][number]): Fault[] =>
  ledger >= told
    ? []
    : [
        {
          rule: 'told, but not in the ledger',
          subject: code,
          detail: `${String(told)} refused, ${String(ledger)} recorded`,
        },
      ];
