import type { Checkpoint } from './evidence.ts';
import type { Finding } from './findings.ts';
import { hex, leafAt, type Log, rootAt } from './merkle.ts';

/** So many pairs of leaves are tried at most: done in a second or two. */
const mostPairs = 32_768;

const hasRoot = (log: Log, { size, root_hash }: Checkpoint): boolean => hex(rootAt(log, size)) === root_hash;

/** Compares the log with what was signed of it, checkpoint by checkpoint; `sound` is in the order of their numbers. */
export function checkRoots(log: Log, sound: readonly Checkpoint[]): { findings: Finding[]; roots: number } {
  const covered = sound.filter(({ size }) => size <= log.size);
  const failed = covered.find((checkpoint) => !hasRoot(log, checkpoint));
  const good = failed ? covered.slice(0, covered.indexOf(failed)) : covered;
  const known = good.at(-1)?.size ?? 0;
  const newest = sound.at(-1);
  const isShort = newest !== undefined && newest.size > log.size;
  const findings: Finding[] = [];
  if (failed) findings.push(isShort ? shifted(log, newest, known, failed) : changed(log, known, failed));
  else if (isShort) findings.push(truncated(log, `checkpoint ${newest.number}`, newest.size));
  if (newest && log.size > newest.size) {
    findings.push({ kind: 'uncovered', detail: `leaves from ${newest.size} on are under no checkpoint` });
  }
  return { findings, roots: covered.length };
}

const truncated = ({ size }: Log, by: string, signed: number): Finding => ({
  kind: 'truncated',
  detail: `the log has ${size} leaves, and ${by} signs ${signed}`,
});

const shifted = ({ size }: Log, newest: Checkpoint, known: number, failed: Checkpoint): Finding => ({
  kind: 'gap',
  detail: `the log has ${size} of ${newest.size} leaves, and the first that are not as signed lie in ${known} to ${failed.size - 1}`,
});

function changed(log: Log, known: number, failed: Checkpoint): Finding {
  const exchanged = findExchange(log, known, failed);
  if (exchanged) return { kind: 'reordered', detail: `leaves ${exchanged.join(' and ')} were exchanged` };
  const detail = `leaves ${known} to ${failed.size - 1} do not have the root that checkpoint ${failed.number} signs`;
  return { kind: 'edited', detail };
}

/**
 * Two leaves which, put in each other's place, give the root that was signed: proof that they were exchanged. The first lies
 * under the checkpoint that failed, the second there or beyond.
 */
function findExchange(log: Log, from: number, { size, root_hash }: Checkpoint): [number, number] | undefined {
  if ((size - from) * (log.size - from) > mostPairs) return undefined;
  for (let a = from; a < size; a += 1) {
    for (let b = a + 1; b < log.size; b += 1) {
      const instead = new Map([
        [a, leafAt(log, b)],
        [b, leafAt(log, a)],
      ]);
      if (hex(rootAt(log, size, instead)) === root_hash) return [a, b];
    }
  }
  return undefined;
}

/** Compares log and checkpoints with a checkpoint that was kept elsewhere. */
export function checkAnchor(
  log: Log | undefined,
  sound: readonly Checkpoint[],
  anchor: Checkpoint,
  digestOf: (checkpoint: Checkpoint) => string,
): Finding[] {
  const findings: Finding[] = [];
  const same = sound.find(({ number }) => number === anchor.number);
  if (same && digestOf(same) !== digestOf(anchor)) {
    const detail = `checkpoint ${anchor.number} is not the one that was kept as the anchor`;
    findings.push({ kind: 'forged_checkpoint', detail });
  }
  if (!log) return findings;
  if (anchor.size > log.size) findings.push(truncated(log, 'the anchor', anchor.size));
  else if (!hasRoot(log, anchor)) {
    findings.push({ kind: 'edited', detail: `leaves 0 to ${anchor.size - 1} do not have the root of the anchor` });
  }
  return findings;
}
