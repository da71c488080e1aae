import { paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { EntryItem } from '../../functions/shared/ledger.ts';
import { loadFaults } from './loads.ts';
import { eventually, world } from './world.ts';

type Row = Record<string, unknown> & { pk: string; sk: string };

/** Every row of a table, as it is stored. */
export async function everyRow(table: string): Promise<Row[]> {
  const rows: Row[] = [];
  const pages = paginateScan({ client: world().dynamo }, { TableName: table, ConsistentRead: true });
  for await (const page of pages) rows.push(...(page.Items ?? []).map((item) => unmarshall(item) as Row));
  return rows;
}

/** Every entry that the ledger holds, as it is stored. */
export async function everyEntry(): Promise<EntryItem[]> {
  const rows = await everyRow(world().ledger.name);
  return rows.filter(({ kind }) => kind === 'entry') as unknown as EntryItem[];
}

/** What the entries of a record are about, `<kind>/<id>`. The key is the whole of it, `<pk> <sk>`. */
const records: readonly (readonly [key: RegExp, kindOf: (row: Row) => string])[] = [
  [/^authority#decision#(\S+) /, () => 'decision'],
  [/^workload#task#(\S+) task$/, () => 'task'],
  [/^handoffs#handoff#(\S+) handoff$/, () => 'handoff'],
  [/^authority#matrix (active)$/, () => 'matrix'],
  [/^approvals#escalation#(\S+) escalation$/, () => 'escalation'],
  [/^approvals#message#(\S+ \S+)$/, () => 'message'],
  [/^approvals#delegation#(\S+) delegation$/, () => 'delegation'],
  [/^approvals#break-glass#(\S+) review$/, () => 'break-glass'],
  [/^conflicts#conflict#(\S+) conflict$/, () => 'conflict'],
  [/^conflicts#knowledge#(\S+) resolution$/, () => 'resolution'],
  [/^limits#((?:enterprise|domain|team|agent|default)#[^#\s]+) /, () => 'limit'],
  [/^dependencies#dependency#(\S+) dependency$/, () => 'dependency'],
  [/^dependencies#resource#(\S+) resource$/, () => 'resource'],
  [/^dependencies#reservation#(\S+) reservation$/, () => 'reservation'],
  [/^directory#principal#(\S+) /, ({ kind }) => (kind === 'agent' ? 'agent' : 'principal')],
  [/^directory#presence#(\S+) presence$/, () => 'agent-presence'],
  [/^directory#team#(\S+) /, () => 'team'],
  [/^directory#domain#(\S+) /, () => 'domain'],
  [/^subjects#(\S+) /, () => 'data-subject'],
  [/^policies#(active) pointer$/, () => 'policies'],
  [/^policies#version#(\S+) set$/, () => 'policies'],
  [/^policies#simulation#(\S+) simulation$/, () => 'simulation'],
];
const kinds = new Set([
  'conflict',
  'resolution',
  'limit',
  'decision',
  'matrix',
  'task',
  'handoff',
  'escalation',
  'message',
  'delegation',
  'break-glass',
  'dependency',
  'resource',
  'reservation',
  'agent',
  'principal',
  'agent-presence',
  'team',
  'domain',
  'data-subject',
  'policies',
  'simulation',
]);

/** A policy version is written once, and its `version` is its name. */
const versionOf = ({ pk, version }: Row): number => (pk.startsWith('policies#version#') ? 1 : Number(version));

export type Discrepancy = { subject: string; version: number; sequences: number[] };

/**
 * Compares all of the state with all of the ledger: a record at version n has the entries 1 to n, and no entry speaks
 * of a record that is not there.
 */
export const discrepancies = (): Promise<{ compared: number; found: Discrepancy[] }> => atRest(compared);

/**
 * Tables are read one after the other, while workflows and consumers may be at work: what differs is looked at again, until
 * nothing does, or it stays.
 */
async function atRest<T extends { found: readonly unknown[] }>(judge: () => Promise<T>): Promise<T> {
  const agreed = async () => {
    const seen = await judge();
    return seen.found.length === 0 ? seen : undefined;
  };
  return eventually('they agree', agreed, 30).catch(judge);
}

async function compared(): Promise<{ compared: number; found: Discrepancy[] }> {
  const { state, ledger } = world();
  const [stateRows, ledgerRows] = await Promise.all([everyRow(state.name), everyRow(ledger.name)]);
  const sequences = new Map<string, number[]>();
  for (const row of ledgerRows) {
    if (row.kind !== 'entry') continue;
    const subject = String(row.subject);
    sequences.set(subject, [...(sequences.get(subject) ?? []), Number(row.sequence)]);
  }
  const versions = new Map<string, number>();
  for (const row of stateRows) {
    const found = records.flatMap(([key, kindOf]) => {
      const id = key.exec(`${row.pk} ${row.sk}`)?.[1];
      return id === undefined ? [] : [`${kindOf(row)}/${id.replace(/[# ]/, '/')}`];
    });
    for (const subject of found) versions.set(subject, versionOf(row));
  }
  const recorded = [...sequences.keys()].filter((subject) => kinds.has(subject.split('/')[0] ?? ''));
  const all = new Set([...versions.keys(), ...recorded]);
  const found = [...all].flatMap((subject) => {
    const version = versions.get(subject) ?? 0;
    const got = (sequences.get(subject) ?? []).toSorted((a, b) => a - b);
    const whole = got.length === version && got.every((sequence, index) => sequence === index + 1);
    return whole ? [] : [{ subject, version, sequences: got }];
  });
  return { compared: all.size, found };
}

type Held = { limit: string; purse: number; windows: Record<string, string> };
type Reservation = { state: string; amounts: Record<string, number>; charges: Held[] };

/** Records that hold something of limits: decisions, live claims of tasks, and those that are over. */
const reserving = /^(authority#decision#|workload#task#\S+ (lease$|claim#))/;

/** What expired holds nothing but the call that asked for it. */
function heldOf({ state, amounts }: Reservation, dimension: string): number {
  const amount = amounts[dimension] ?? 0;
  if (state !== 'expired') return amount;
  return dimension === 'api_calls' ? Math.min(1, amount) : 0;
}

/**
 * Compares what the purses of all limits have used with what decisions and claims of tasks reserved, or were settled at: in the
 * window that a purse is in, the two are the same.
 */
export const limitDiscrepancies = (): Promise<{ compared: number; found: string[] }> => atRest(limitsCompared);

async function limitsCompared(): Promise<{ compared: number; found: string[] }> {
  const rows = await everyRow(world().state.name);
  const held = new Map<string, number>();
  for (const row of rows.filter(({ pk, sk }) => reserving.test(`${pk} ${sk}`))) {
    const { reservation } = row as { reservation?: Reservation | null };
    if (!reservation) continue;
    for (const { limit, purse, windows } of reservation.charges) {
      for (const [key, label] of Object.entries(windows)) {
        const at = `limits#${limit.replace('/', '#')}#purse#${purse} ${key} ${label}`;
        held.set(at, (held.get(at) ?? 0) + heldOf(reservation, key.replace(/_(minute|day|month)$/, '')));
      }
    }
  }
  const balances = rows
    .filter(({ sk }) => sk === 'purse')
    .flatMap((row) =>
      Object.entries(row).flatMap(([key, balance]) =>
        typeof balance === 'object' ? [{ pk: row.pk, key, ...(balance as { label: string; used: number }) }] : [],
      ),
    );
  const found = balances.flatMap(({ pk, key, label, used }) => {
    const expected = held.get(`${pk} ${key} ${label}`) ?? 0;
    return expected === used ? [] : [`${pk} ${key} ${label}: used ${used}, held by decisions and claims ${expected}`];
  });
  return { compared: balances.length, found };
}

/** Compares the load that is kept of every agent, and every lease, with what the tasks say. */
export const loadDiscrepancies = () => atRest(async () => loadFaults(await everyRow(world().state.name)));
