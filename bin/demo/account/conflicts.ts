import type { Heard } from '../messages.ts';
import type { Entry, Fault, Figure } from './ledger.ts';
import { countOf, recordFaults, secondsBetween, stateFigures } from './records.ts';

/** A conflict as the API tells it: as much of it as is counted here. */
export type ConflictRecord = {
  id: string;
  version: number;
  step: string;
  perspectives: unknown[];
  interests: unknown[];
  options: unknown[];
  resolution: { by: string; knowledge_id: string } | null;
};
/** What is known from a conflict. */
export type ResolutionRecord = { id: string; by: string; source: { conflict_id: string } };

/** What became of a conflict, by its entries alone. */
export type ConflictLine = {
  id: string;
  summary: string;
  step: string;
  raisedBy: string;
  escalated: number;
  settledBy: string | undefined;
  seconds: number | undefined;
};
export type ConflictAccount = { lines: ConflictLine[]; figures: Figure[]; faults: Fault[] };

const steps = ['identified', 'perspectives', 'interests', 'options', 'escalated', 'documented'] as const;

export function conflictAccount(
  entries: readonly Entry[],
  state: readonly ConflictRecord[],
  resolutions: readonly ResolutionRecord[],
  heard: readonly Heard[],
): ConflictAccount {
  const standings = state.map(({ id, version, step }) => ({ id, version, state: step }));
  const { records, faults } = recordFaults('conflict', entries, standings, heard);
  const lines = [...records].map(([id, all]) => lineOf(id, all));
  const sum = (of: (one: ConflictRecord) => number): number => state.reduce((total, one) => total + of(one), 0);
  const settled = (by: string): Figure => ({
    name: `conflicts settled by ${by}`,
    ledger: lines.filter((line) => line.settledBy === by).length,
    state: state.filter(({ resolution }) => resolution?.by === by).length,
  });
  const kept = entries.filter(({ subject }) => subject.startsWith('resolution/'));
  return {
    lines,
    figures: [
      ...stateFigures('conflict', records, standings, steps),
      {
        name: 'perspectives of parties',
        ledger: countOf(records, 'perspective'),
        state: sum(({ perspectives }) => perspectives.length),
      },
      {
        name: 'interests of parties',
        ledger: countOf(records, 'interests'),
        state: sum((one) => one.interests.length),
      },
      { name: 'options proposed', ledger: countOf(records, 'option'), state: sum(({ options }) => options.length) },
      settled('agreement'),
      settled('authority'),
      { name: 'resolutions kept as knowledge', ledger: kept.length, state: resolutions.length },
    ],
    faults: [...faults, ...lines.flatMap((line) => endFaults(line, resolutions))],
  };
}

function lineOf(id: string, entries: readonly Entry[]): ConflictLine {
  const [first] = entries;
  const last = entries.at(-1);
  const [, settledBy] = /^Settled by (\w+)/.exec(last?.summary ?? '') ?? [];
  return {
    id,
    summary: first?.summary.replace(/^Identified: /, '') ?? '',
    step: last?.details.outcome ?? '',
    raisedBy: first?.agent_id ?? '',
    escalated: entries.filter(({ details }) => details.decision === 'escalated').length,
    settledBy,
    seconds: settledBy === undefined ? undefined : secondsBetween(first?.timestamp, last?.timestamp),
  };
}

/** No end without what is known from it, and nothing known from what has not ended. */
function endFaults({ id, step, settledBy }: ConflictLine, resolutions: readonly ResolutionRecord[]): Fault[] {
  const known = resolutions.filter(({ source }) => source.conflict_id === id);
  const isEnded = step === 'documented';
  if (known.length === (isEnded ? 1 : 0) && known.every(({ by }) => by === settledBy)) return [];
  const detail = `${step}, with ${String(known.length)} resolutions`;
  return [{ rule: 'a conflict ends with one resolution', subject: `conflict/${id}`, detail }];
}
