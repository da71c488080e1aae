import type { Entry, Fault, Figure } from './ledger.ts';
import { recordFaults, stateFigures } from './records.ts';

/** An agent as the directory sees it; `unknown` has no entry. */
export type PresenceRecord = { id: string; presence: string };
/** A message as it is in an inbox: once where it was delivered, twice where it was taken in. */
export type MessageRecord = { id: string; to: string; version: number };

export type PresenceAccount = { fellSilent: number; figures: Figure[]; faults: Fault[] };

/** Who could be reached, and what was told to whom. */
export function presenceAccount(
  entries: readonly Entry[],
  agents: readonly PresenceRecord[],
  messages: readonly MessageRecord[],
): PresenceAccount {
  const known = agents.filter(({ presence }) => presence !== 'unknown');
  const standings = known.map(({ id, presence }) => ({ id, version: undefined, state: presence }));
  const { records, faults } = recordFaults('agent-presence', entries, standings, []);
  const told = messages.map(({ id, to, version }) => ({ id: `${to}/${id}`, version, state: '' }));
  const plain = entries.map((entry) =>
    entry.subject.startsWith('message/') ? { ...entry, details: { ...entry.details, outcome: '' } } : entry,
  );
  const inboxes = recordFaults('message', plain, told, []);
  const takenIn = (all: readonly { length: number }[]): number => all.filter(({ length }) => length > 1).length;
  return {
    fellSilent: [...records.values()].flat().filter(({ details }) => details.outcome === 'unreachable').length,
    figures: [
      ...stateFigures('agent', records, standings, ['reachable', 'unreachable']),
      { name: 'messages', ledger: inboxes.records.size, state: messages.length },
      {
        name: 'messages taken in',
        ledger: takenIn([...inboxes.records.values()]),
        state: messages.filter(({ version }) => version > 1).length,
      },
    ],
    faults: [...faults, ...inboxes.faults],
  };
}
