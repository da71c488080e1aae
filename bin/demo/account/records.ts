import type { Heard } from '../messages.ts';
import { type Entry, type Fault, type Figure, gapsIn, recordsOf } from './ledger.ts';

/** A record as the state has it: how often it changed, and where it stands. */
export type Standing = { id: string; version: number | undefined; state: string };

/** Records of a kind by their entries. */
export type Records = ReadonlyMap<string, readonly Entry[]>;

const outcomeOf = (entries: readonly Entry[]): string => entries.at(-1)?.details.outcome ?? '';

/**
 * Holds records of one kind against their entries: each is in both books, has as many entries as versions, and stands where its
 * last entry says; and what somebody was told is there.
 */
export function recordFaults(
  kind: string,
  entries: readonly Entry[],
  state: readonly Standing[],
  heard: readonly Heard[],
): { records: Map<string, Entry[]>; faults: Fault[] } {
  const records = recordsOf(entries, kind);
  const standings = new Map(state.map((one) => [one.id, one]));
  const faults = [
    ...[...records].flatMap(([id, all]) => [
      ...gapsIn(`${kind}/${id}`, all),
      ...standingFaults(kind, id, all, standings.get(id)),
    ]),
    ...state.flatMap(({ id }): Fault[] =>
      records.has(id) ? [] : [{ rule: `a ${kind} without an entry`, subject: id, detail: 'in the state only' }],
    ),
    ...toldFaults(kind, records, heard),
  ];
  return { records, faults };
}

function standingFaults(kind: string, id: string, entries: readonly Entry[], found: Standing | undefined): Fault[] {
  if (!found) return [{ rule: `a ${kind} is lost`, subject: id, detail: 'in the ledger only' }];
  const ledger = `${String(entries.length)} ${outcomeOf(entries)}`;
  const state = `${String(found.version ?? entries.length)} ${found.state}`;
  if (ledger === state) return [];
  return [
    { rule: 'ledger and state differ', subject: `${kind}/${id}`, detail: `version and state: ${ledger}, but ${state}` },
  ];
}

/** Each step that somebody was told of has an entry by who took it; of some steps there are several. */
function toldFaults(kind: string, records: Records, heard: readonly Heard[]): Fault[] {
  const told = new Map<string, number>();
  for (const one of heard) {
    if (one.kind !== 'did' || !one.subject.startsWith(`${kind}/`)) continue;
    const step = [one.subject, one.agent, one.decision].join(' ');
    told.set(step, (told.get(step) ?? 0) + 1);
  }
  return [...told].flatMap(([step, count]): Fault[] => {
    const [subject = '', agent = '', ...decision] = step.split(' ');
    const entries = records.get(subject.slice(kind.length + 1)) ?? [];
    const found = entries.filter((one) => one.agent_id === agent && one.details.decision === decision.join(' ')).length;
    if (found >= count) return [];
    return [
      {
        rule: 'told, but not in the ledger',
        subject,
        detail: `${agent} ${decision.join(' ')} ${String(count)}, entered ${String(found)}`,
      },
    ];
  });
}

/** How many records stand where, by either book. */
export function stateFigures(
  kind: string,
  records: Records,
  state: readonly Standing[],
  states: readonly string[],
): Figure[] {
  const all = [...records.values()];
  return [
    { name: `${kind}s`, ledger: records.size, state: state.length },
    ...states.map((one) => ({
      name: `${kind}s ${one}`,
      ledger: all.filter((entries) => outcomeOf(entries) === one).length,
      state: state.filter((record) => record.state === one).length,
    })),
  ];
}

/** How many entries of a decision there are. */
export const countOf = (records: Records, decision: string): number =>
  [...records.values()].flat().filter(({ details }) => details.decision === decision).length;

/** Seconds between two moments, as records have them. */
export const secondsBetween = (from: string | undefined, to: string | undefined): number | undefined =>
  from === undefined || to === undefined
    ? undefined
    : Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));

/** When a decision was entered first. */
export const timeOf = (entries: readonly Entry[], decision: string): string | undefined =>
  entries.find(({ details }) => details.decision === decision)?.timestamp;
