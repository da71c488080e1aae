import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from '../http.ts';
import type { Seen } from '../scene.ts';
import { type ConflictAccount, conflictAccount } from './conflicts.ts';
import { type DependencyAccount, dependencyAccount } from './dependencies.ts';
import { type HandoffAccount, handoffAccount } from './handoffs.ts';
import { type Entry, type Fault, type Figure, readLedger } from './ledger.ts';
import { type PresenceAccount, presenceAccount } from './presence.ts';
import { readState, type State } from './read-state.ts';
import { type TaskAccount, taskAccount } from './tasks.ts';

/** What is read to close the books: the ledger, and the state as it was at that ledger. */
export type Books = { entries: Entry[]; state: State };

const attempts = 10;

/**
 * Reads the state between two readings of the ledger that are the same: schedules of the control plane go on while it is read.
 * @param call as somebody who may read all of it
 */
export async function readBooks(call: Call, domains: readonly string[]): Promise<Books> {
  const read = () => readLedger(call, [...domains, 'enterprise']);
  let entries = await read();
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const state = await readState(call, domains, entries);
    const after = await read();
    if (after.length === entries.length) return { entries, state };
    entries = after;
    await sleep(500);
  }
  throw new Error('the ledger did not come to rest');
}

export type Account = {
  seed: string;
  entries: number;
  tasks: TaskAccount;
  handoffs: HandoffAccount;
  dependencies: DependencyAccount;
  conflicts: ConflictAccount;
  presence: PresenceAccount;
  refusals: { code: string; ledger: number; told: number }[];
  figures: Figure[];
  faults: Fault[];
  balances: boolean;
};

/** Closes the books of a day. */
export function close(seed: string, { entries, state }: Books, { heard }: Seen, leaseSeconds: number): Account {
  const parts = {
    tasks: taskAccount(entries, state, heard, leaseSeconds),
    handoffs: handoffAccount(entries, state.handoffs, heard),
    dependencies: dependencyAccount(entries, state, heard),
    conflicts: conflictAccount(entries, state.conflicts, state.resolutions, heard),
    presence: presenceAccount(entries, state.agents, state.messages),
  };
  const refusals = refusalsOf(entries, heard);
  const figures = Object.values(parts).flatMap((part) => part.figures);
  const faults = [
    ...Object.values(parts).flatMap((part) => part.faults),
    ...figures.flatMap(figureFault),
    ...refusals.flatMap(refusalFault),
  ];
  return { seed, entries: entries.length, ...parts, refusals, figures, faults, balances: faults.length === 0 };
}

export const figureFault = ({ name, ledger, state }: Figure): Fault[] =>
  ledger === state
    ? []
    : [{ rule: 'ledger and state differ', subject: name, detail: `${String(ledger)}, but ${String(state)}` }];

/** Refusals of those who may not (403) are in the ledger: not less of them than agents were told of. */
function refusalsOf(entries: readonly Entry[], heard: Seen['heard']): Account['refusals'] {
  const told = heard.flatMap((one) => (one.kind === 'refused' && one.status === 403 ? [one.code] : []));
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
