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

/** Checks each entry against its leaf; answers the lines whose entry is the one that was hashed. */
export function checkLeaves(lines: readonly Line[]): { sound: Line[]; findings: Finding[] } {
  const indexOf = new Map(lines.map(({ leaf_hash, leaf_index }) => [leaf_hash, leaf_index]));
  const sound: Line[] = [];
  const findings: Finding[] = [];
  for (const line of lines) {
    if (line.entry === null) continue;
    const hash = hashOf(line.entry);
    const home = hash === undefined ? undefined : indexOf.get(hash);
    if (hash === line.leaf_hash) sound.push(line);
    else if (home === undefined) {
      findings.push({ kind: 'edited', detail: `${named(line)} is not the entry that was sealed` });
    } else findings.push({ kind: 'reordered', detail: `${named(line)} stands where leaf ${home} was sealed` });
  }
  return { sound, findings };
}

/** The hash of an entry; what has no canonical form, such as the number 1e999, was never sealed. */
function hashOf(entry: Record<string, unknown>): string | undefined {
  try {
    return hex(leafHash(canonicalize(entry) ?? ''));
  } catch {
    return undefined;
  }
}

/**
 * Whether the entries of each subject are numbered without gaps. As many as are not known may be the missing ones, and say
 * nothing.
 * @param sound lines whose entry is the one that was hashed: any other may say any number
 * @param unknown how many more lines there are
 */
export function checkSequences(sound: readonly Line[], unknown: number): Finding[] {
  const numbers = new Map<string, number[]>();
  for (const { entry } of sound) {
    if (typeof entry?.subject !== 'string' || !Number.isSafeInteger(entry.sequence)) continue;
    const seen = numbers.get(entry.subject);
    if (seen) seen.push(entry.sequence as number);
    else numbers.set(entry.subject, [entry.sequence as number]);
  }
  const missing = [...numbers].flatMap(([subject, seen]) => holesIn(seen).map((hole) => ({ subject, ...hole })));
  if (missing.reduce((sum, { from, to }) => sum + to - from + 1, 0) <= unknown) return [];
  return missing.map(({ subject, from, to }) => {
    const which = from === to ? `entry ${from} of ${subject} is` : `entries ${from} to ${to} of ${subject} are`;
    return { kind: 'gap', detail: `${which} missing` };
  });
}

/** What is missing between neighbours, and before the first, of numbers from 1 on. */
function holesIn(seen: readonly number[]): { from: number; to: number }[] {
  const holes: { from: number; to: number }[] = [];
  let due = 1;
  for (const number of seen.toSorted((a, b) => a - b)) {
    if (number > due) holes.push({ from: due, to: number - 1 });
    due = Math.max(due, number + 1);
  }
  return holes;
}
