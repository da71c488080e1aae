import { paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { EntryItem } from '../../functions/shared/ledger.ts';
import { world } from './world.ts';

type Row = Record<string, unknown> & { pk: string; sk: string };

async function rowsOf(table: string): Promise<Row[]> {
  const rows: Row[] = [];
  const pages = paginateScan({ client: world().dynamo }, { TableName: table, ConsistentRead: true });
  for await (const page of pages) rows.push(...(page.Items ?? []).map((item) => unmarshall(item) as Row));
  return rows;
}

/** Every entry that the ledger holds, as it is stored. */
export async function everyEntry(): Promise<EntryItem[]> {
  const rows = await rowsOf(world().ledger.name);
  return rows.filter(({ kind }) => kind === 'entry') as unknown as EntryItem[];
}

/** What the entries of a record are about, `<kind>/<id>`, by its key, `<pk>/<sk>`. */
const records: readonly (readonly [key: RegExp, kindOf: (row: Row) => string])[] = [
  [/^authority#decision#(.+)\/decision$/, () => 'decision'],
  [/^authority#(matrix)\/active$/, () => 'matrix'],
  [/^approvals#escalation#(.+)\/escalation$/, () => 'escalation'],
  [/^approvals#message#(.+)$/, () => 'message'],
  [/^approvals#delegation#(.+)\/delegation$/, () => 'delegation'],
  [/^approvals#break-glass#(.+)\/review$/, () => 'break-glass'],
  [/^directory#principal#(.+)\/principal$/, ({ kind }) => (kind === 'agent' ? 'agent' : 'principal')],
  [/^directory#team#(.+)\/team$/, () => 'team'],
  [/^directory#domain#(.+)\/domain$/, () => 'domain'],
];
const kinds = new Set([
  'decision',
  'matrix',
  'escalation',
  'message',
  'delegation',
  'break-glass',
  'agent',
  'principal',
  'team',
  'domain',
]);

export type Discrepancy = { subject: string; version: number; sequences: number[] };

/**
 * Compares all of the state with all of the ledger: a record at version n has the entries 1 to n, and no entry speaks
 * of a record that is not there.
 */
export async function discrepancies(): Promise<{ compared: number; found: Discrepancy[] }> {
  const { state, ledger } = world();
  const [stateRows, ledgerRows] = await Promise.all([rowsOf(state.name), rowsOf(ledger.name)]);
  const sequences = new Map<string, number[]>();
  for (const row of ledgerRows) {
    if (row.kind !== 'entry') continue;
    const subject = String(row.subject);
    sequences.set(subject, [...(sequences.get(subject) ?? []), Number(row.sequence)]);
  }
  const versions = new Map<string, number>();
  for (const row of stateRows) {
    const found = records.flatMap(([key, kindOf]) => {
      const id = key.exec(`${row.pk}/${row.sk}`)?.[1];
      return id === undefined ? [] : [`${kindOf(row)}/${id === 'matrix' ? 'active' : id}`];
    });
    for (const subject of found) versions.set(subject, Number(row.version));
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
