import canonicalize from 'canonicalize';
import type { Line } from './evidence.ts';
import type { Finding } from './findings.ts';
import { hex, leafHash } from './merkle.ts';

const named = ({ leaf_index, entry }: Line): string =>
  typeof entry?.id === 'string' ? `leaf ${leaf_index} (entry ${entry.id})` : `leaf ${leaf_index}`;

const span = (from: number, to: number): string => (from === to ? `leaf ${from} is` : `leaves ${from} to ${to} are`);

/** Whether every leaf from 0 on is there, once, in order. */
export function checkIndices(lines: readonly Line[]): Finding[] {
  const findings: Finding[] = [];
  for (const [at, { leaf_index }] of lines.entries()) {
    const before = lines[at - 1];
    if (before && leaf_index <= before.leaf_index) {
      const detail = `line ${at + 1} has leaf ${leaf_index}, after leaf ${before.leaf_index}`;
      findings.push({ kind: 'reordered', detail });
    }
  }
  let due = 0;
  for (const index of lines.map(({ leaf_index }) => leaf_index).toSorted((a, b) => a - b)) {
    if (index > due) findings.push({ kind: 'gap', detail: `${span(due, index - 1)} missing` });
    due = Math.max(due, index + 1);
  }
  return findings;
}

/** Whether every entry is the one that its leaf is the hash of. */
export function checkLeaves(lines: readonly Line[]): Finding[] {
  const indexOf = new Map(lines.map(({ leaf_hash, leaf_index }) => [leaf_hash, leaf_index]));
  return lines.flatMap((line): Finding[] => {
    if (line.entry === null) return [];
    const hash = hex(leafHash(canonicalize(line.entry) ?? ''));
    if (hash === line.leaf_hash) return [];
    const home = indexOf.get(hash);
    if (home === undefined) return [{ kind: 'edited', detail: `${named(line)} is not the entry that was sealed` }];
    return [{ kind: 'reordered', detail: `${named(line)} stands where leaf ${home} was sealed` }];
  });
}

/**
 * Whether the entries of each subject are numbered without gaps. As many as are known by their hash alone may be the
 * missing ones, and say nothing.
 */
export function checkSequences(lines: readonly Line[]): Finding[] {
  const numbers = new Map<string, Set<number>>();
  for (const { entry } of lines) {
    if (typeof entry?.subject !== 'string' || typeof entry.sequence !== 'number') continue;
    numbers.set(entry.subject, (numbers.get(entry.subject) ?? new Set()).add(entry.sequence));
  }
  const missing = [...numbers].flatMap(([subject, seen]) => {
    const all = Array.from({ length: Math.max(...seen) }, (_, at) => at + 1);
    return all.filter((number) => !seen.has(number)).map((number) => ({ subject, number }));
  });
  const hidden = lines.filter(({ entry }) => entry === null).length;
  if (missing.length <= hidden) return [];
  return missing.map(({ subject, number }) => ({ kind: 'gap', detail: `entry ${number} of ${subject} is missing` }));
}
