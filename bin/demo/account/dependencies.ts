import type { Heard } from '../messages.ts';
import type { TaskRecord } from './tasks.ts';
import type { Entry, Fault, Figure } from './ledger.ts';
import { recordFaults, type Records, secondsBetween, stateFigures, timeOf } from './records.ts';

export type DependencyRecord = { id: string; version: number; state: string; returned_at: string | null };
export type ResourceRecord = { id: string; version: number; capacity: number };
export type ReservationRecord = { id: string; version: number; state: string };

export type DependencyLine = {
  id: string;
  summary: string;
  state: string;
  seconds: number | undefined;
  sentBack: number;
};
export type DependencyAccount = {
  lines: DependencyLine[];
  reserved: number;
  refused: number;
  most: { resource: string; amount: number; capacity: number }[];
  figures: Figure[];
  faults: Fault[];
};

const states = [
  'registered',
  'notified',
  'tracked',
  'at_risk',
  'delayed',
  'resolved',
  'confirmed',
  'withdrawn',
] as const;

export type DependencyState = {
  dependencies: readonly DependencyRecord[];
  resources: readonly ResourceRecord[];
  reservations: readonly ReservationRecord[];
  tasks: readonly TaskRecord[];
};

export function dependencyAccount(
  entries: readonly Entry[],
  state: DependencyState,
  heard: readonly Heard[],
): DependencyAccount {
  const { records, faults } = recordFaults('dependency', entries, state.dependencies, heard);
  const reservations = recordFaults('reservation', entries, state.reservations, heard);
  const resources = recordsWithout(entries, state.resources);
  const most = mostAtOnce(reservations.records, resources.capacities);
  return {
    lines: [...records].map(([id, all]) => lineOf(id, all)),
    reserved: reservations.records.size,
    refused: entries.filter(({ subject }) => subject.startsWith('resource-refusal/')).length,
    most,
    figures: [
      ...stateFigures('dependency', records, state.dependencies, states).map((one) => ({
        ...one,
        name: one.name.replace('dependencys', 'dependencies'),
      })),
      ...stateFigures('reservation', reservations.records, state.reservations, ['reserved', 'cancelled']),
      {
        name: 'dependencies that were sent back',
        ledger: [...records.values()].filter((all) => timeOf(all, 'sent back') !== undefined).length,
        state: state.dependencies.filter(({ returned_at: at }) => at !== null).length,
      },
      {
        name: 'dependencies that tasks wait for',
        ledger: waitedFor(records),
        state: state.tasks.reduce((total, { blocked_by: by }) => total + by.length, 0),
      },
    ],
    faults: [
      ...faults,
      ...reservations.faults,
      ...resources.faults,
      ...most.flatMap(({ resource, amount, capacity }): Fault[] =>
        amount <= capacity
          ? []
          : [
              {
                rule: 'more is reserved than there is',
                subject: resource,
                detail: `${String(amount)} of ${String(capacity)}`,
              },
            ],
      ),
    ],
  };
}

const ended: ReadonlySet<string> = new Set(['confirmed', 'withdrawn']);

/** Blocking dependencies that are not over: each is in the way of its task. */
const waitedFor = (records: Records): number =>
  [...records.values()].filter(
    (all) => all[0]?.summary.includes('(blocking)') === true && !ended.has(all.at(-1)?.details.outcome ?? ''),
  ).length;

function lineOf(id: string, entries: readonly Entry[]): DependencyLine {
  const [summary = ''] = (entries[0]?.summary ?? '').split(':');
  return {
    id,
    summary,
    state: entries.at(-1)?.details.outcome ?? '',
    seconds: secondsBetween(timeOf(entries, 'registered'), timeOf(entries, 'taken over')),
    sentBack: entries.filter(({ details }) => details.decision === 'sent back').length,
  };
}

/** Resources have no state of their own; what counts of them is how much there is. */
function recordsWithout(entries: readonly Entry[], state: readonly ResourceRecord[]) {
  const standings = state.map(({ id, version }) => ({ id, version, state: '' }));
  const plain = entries.map((entry) =>
    entry.subject.startsWith('resource/') ? { ...entry, details: { ...entry.details, outcome: '' } } : entry,
  );
  const { records, faults } = recordFaults('resource', plain, standings, []);
  const capacities = new Map(
    [...records].map(([id, all]) => [id, Number(/^Offers (\d+) /.exec(all.at(-1)?.summary ?? '')?.[1] ?? Number.NaN)]),
  );
  const differing = state.filter(({ id, capacity }) => capacities.get(id) !== capacity);
  return {
    capacities,
    faults: [
      ...faults,
      ...differing.map(({ id, capacity }) => ({
        rule: 'ledger and state differ',
        subject: `resource/${id}`,
        detail: `capacity: ${String(capacities.get(id))}, but ${String(capacity)}`,
      })),
    ],
  };
}

type Span = { resource: string; amount: number; from: number; to: number };

/** The most of each resource that is reserved for any moment, by the entries of what was reserved and not given up. */
function mostAtOnce(reservations: Records, capacities: ReadonlyMap<string, number>) {
  const spans = [...reservations.values()]
    .filter((all) => all.at(-1)?.details.outcome === 'reserved')
    .flatMap((all) => spanOf(all[0]?.summary ?? ''));
  return [...capacities].map(([resource, capacity]) => {
    const own = spans.filter((span) => span.resource === resource);
    const levels = own.map(({ from }) =>
      own.filter((one) => one.from <= from && from < one.to).reduce((sum, one) => sum + one.amount, 0),
    );
    return { resource, capacity, amount: Math.max(0, ...levels) };
  });
}

function spanOf(summary: string): Span[] {
  const [, amount, resource, from, to] = /^Reserved (\d+) .+ of (\S+), (\S+) to (\S+)$/.exec(summary) ?? [];
  if (amount === undefined || resource === undefined || from === undefined || to === undefined) return [];
  return [{ resource, amount: Number(amount), from: Date.parse(from), to: Date.parse(to) }];
}
