import type { Heard } from '../messages.ts';
import type { Entry, Fault, Figure } from './ledger.ts';
import { countOf, recordFaults, secondsBetween, stateFigures, timeOf } from './records.ts';

/** A handoff as the API tells it: as much of it as is counted here. */
export type HandoffRecord = {
  id: string;
  version: number;
  phase: string;
  tasks: string[];
  from: { team: string };
  to: { team: string; recipient: string };
  questions: { answered_at: string | null }[];
  delay: { since_opened_seconds: number; since_offered_seconds: number } | null;
};

/** What became of a handoff, by its entries alone; seconds from its opening, and from its offer, to its acceptance. */
export type HandoffLine = {
  id: string;
  summary: string;
  phase: string;
  sinceOpened: number | undefined;
  sinceOffered: number | undefined;
  questions: number;
  answered: number;
};
export type HandoffAccount = { lines: HandoffLine[]; figures: Figure[]; faults: Fault[] };

const phases = ['prepare', 'meeting', 'support', 'closed', 'refused', 'expired', 'withdrawn'] as const;

export function handoffAccount(
  entries: readonly Entry[],
  state: readonly HandoffRecord[],
  heard: readonly Heard[],
): HandoffAccount {
  const standings = state.map(({ id, version, phase }) => ({ id, version, state: phase }));
  const { records, faults } = recordFaults('handoff', entries, standings, heard);
  const lines = [...records].map(([id, all]) => lineOf(id, all));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  const tasksOf = (keep: (one: HandoffRecord) => boolean): number =>
    sum(state.filter(keep).map(({ tasks }) => tasks.length));
  const steps = entries.filter(({ subject }) => subject.startsWith('task/')).map(({ details }) => details.decision);
  const stepsOf = (decision: string): number => steps.filter((one) => one === decision).length;
  const isMoved = ({ delay }: HandoffRecord): boolean => delay !== null;
  const isUnmoved = ({ phase }: HandoffRecord): boolean => ['refused', 'expired', 'withdrawn'].includes(phase);
  return {
    lines,
    figures: [
      ...stateFigures('handoff', records, standings, phases),
      {
        name: 'questions of handoffs',
        ledger: countOf(records, 'asked'),
        state: sum(state.map(({ questions }) => questions.length)),
      },
      {
        name: 'answers to them',
        ledger: countOf(records, 'answered'),
        state: sum(state.map(({ questions }) => questions.filter(({ answered_at: at }) => at !== null).length)),
      },
      { name: 'tasks that were part of a handoff', ledger: stepsOf('bound'), state: tasksOf(() => true) },
      { name: 'tasks that a handoff moved', ledger: stepsOf('transferred'), state: tasksOf(isMoved) },
      { name: 'tasks that stayed', ledger: stepsOf('unbound'), state: tasksOf(isUnmoved) },
    ],
    faults: [...faults, ...lines.flatMap((line) => delayFaults(line, state))],
  };
}

function lineOf(id: string, entries: readonly Entry[]): HandoffLine {
  const accepted = timeOf(entries, 'accepted');
  const [, between = ''] = /handoff (from .+)$/.exec(entries[0]?.summary ?? '') ?? [];
  const count = (decision: string): number => entries.filter(({ details }) => details.decision === decision).length;
  return {
    id,
    summary: between,
    phase: entries.at(-1)?.details.outcome ?? '',
    sinceOpened: secondsBetween(timeOf(entries, 'opened'), accepted),
    sinceOffered: secondsBetween(timeOf(entries, 'offered'), accepted),
    questions: count('asked'),
    answered: count('answered'),
  };
}

function delayFaults({ id, sinceOpened, sinceOffered }: HandoffLine, state: readonly HandoffRecord[]): Fault[] {
  const delay = state.find((one) => one.id === id)?.delay;
  const ledger = `${String(sinceOpened)}, ${String(sinceOffered)}`;
  const found = `${String(delay?.since_opened_seconds)}, ${String(delay?.since_offered_seconds)}`;
  if (ledger === found) return [];
  return [{ rule: 'ledger and state differ', subject: `handoff/${id}`, detail: `delay: ${ledger}, but ${found}` }];
}
