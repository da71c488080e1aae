import type { Call, Reply } from '../http.ts';

/** A line of the audit trail, as `/audit/exports` gives it: as much of it as is counted here. */
export type Entry = {
  id: string;
  timestamp: string;
  agent_id: string;
  domain: string;
  subject: string;
  sequence: number;
  summary: string;
  details: { decision: string; reasoning: string; outcome: string };
};

/** What does not add up. */
export type Fault = { rule: string; subject: string; detail: string };

/** A number twice: recomputed from the ledger, and as the state of the control plane has it. */
export type Figure = { name: string; ledger: number; state: number };

/** All entries of some domains, in the order in which they were made. */
export async function readLedger(call: Call, domains: readonly string[]): Promise<Entry[]> {
  const pages = await Promise.all(domains.map((domain) => readDomain(call, domain)));
  return pages.flat().toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function readDomain(call: Call, domain: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  let query: string | undefined = `?domain=${domain}&limit=1000`;
  while (query !== undefined) {
    const { status, body, headers }: Reply<string> = await call<string>('GET', `/audit/exports${query}`);
    if (status !== 200) throw new Error(`the ledger of ${domain}: ${String(status)} ${JSON.stringify(body)}`);
    entries.push(...linesOf(body));
    query = /<(\?[^>]+)>; *rel="next"/.exec(headers.get('link') ?? '')?.[1];
  }
  return entries;
}

const linesOf = (text: string): Entry[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);

/** Entries of each record of a kind, by its id, in their order. */
export function recordsOf(entries: readonly Entry[], kind: string): Map<string, Entry[]> {
  const records = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (!entry.subject.startsWith(`${kind}/`)) continue;
    const id = entry.subject.slice(kind.length + 1);
    records.set(id, [...(records.get(id) ?? []), entry]);
  }
  for (const [id, all] of records)
    records.set(
      id,
      all.toSorted((a, b) => a.sequence - b.sequence),
    );
  return records;
}

/** A record at its n-th version has the entries 1 to n, each once. */
export function gapsIn(id: string, entries: readonly Entry[]): Fault[] {
  const sequences = entries.map(({ sequence }) => sequence);
  const isWhole = sequences.every((sequence, at) => sequence === at + 1);
  return isWhole ? [] : [{ rule: 'an entry is missing or doubled', subject: id, detail: sequences.join(', ') }];
}
