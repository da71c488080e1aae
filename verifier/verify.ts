import { checkCheckpoints, digestOf, signatureFault, trustedKeys } from './checkpoints.ts';
import { checkIndices, checkLeaves, checkSequences } from './entries.ts';
import { type Evidence, Unusable } from './evidence.ts';
import type { Finding, Report } from './findings.ts';
import { logOf } from './merkle.ts';
import { checkProofs } from './proofs.ts';
import { checkAnchor, checkRoots } from './roots.ts';

/**
 * Verifies evidence with nothing but itself and the public keys.
 * @throws Unusable when there is nothing to verify: nothing wrong with nothing proves nothing
 */
export function verifyEvidence({ lines, checkpoints, proofs, keys: given, anchor }: Evidence): Report {
  if (lines.length === 0) throw new Unusable('there are no entries');
  if (checkpoints.length === 0) throw new Unusable('there are no checkpoints');
  if (given.length === 0) throw new Unusable('there are no public keys');
  const { keys, findings: keyFindings } = trustedKeys(given);
  const { sound, findings: checkpointFindings } = checkCheckpoints(checkpoints, keys);
  const indexFindings = checkIndices(lines);
  const { sound: soundLines, findings: leafFindings } = checkLeaves(lines);
  const isWhole = !indexFindings.some(({ kind }) => kind === 'gap') && isDistinct(lines);
  // In the order of their indices, whatever the order of the lines.
  const ordered = lines.toSorted((a, b) => a.leaf_index - b.leaf_index);
  const log = isWhole ? logOf(ordered.map(({ leaf_hash }) => Buffer.from(leaf_hash, 'hex'))) : undefined;
  const { findings: rootFindings, roots } = log ? checkRoots(log, sound) : { findings: [], roots: 0 };
  const anchorFault = anchor && signatureFault(anchor, keys);
  const findings: Finding[] = [
    ...keyFindings,
    ...checkpointFindings,
    ...indexFindings,
    ...leafFindings,
    ...(isWhole ? checkSequences(soundLines, lines.length - soundLines.length) : []),
    ...rootFindings,
    ...checkProofs(proofs, sound, lines),
    ...(anchor && anchorFault === undefined ? checkAnchor(log, sound, anchor, digestOf) : []),
    ...(anchorFault === undefined ? [] : [{ kind: 'forged_checkpoint' as const, detail: `the anchor ${anchorFault}` }]),
  ];
  if (findings.length === 0 && roots === 0) throw new Unusable('no checkpoint covers any of the entries');
  const hashOnly = lines.filter(({ entry }) => entry === null).length;
  if (findings.length === 0 && hashOnly === lines.length) throw new Unusable('no entry is there to be checked');
  const counts = { entries: lines.length, hashOnly, checkpoints: checkpoints.length, roots, proofs: proofs.length };
  const newest = sound.at(-1);
  return { findings, counts, ...(newest ? { newest } : {}) };
}

const isDistinct = (lines: Evidence['lines']): boolean =>
  new Set(lines.map(({ leaf_index }) => leaf_index)).size === lines.length;
