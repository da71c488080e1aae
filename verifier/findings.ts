import type { Checkpoint } from './evidence.ts';

/**
 * What was found wrong.
 * - `edited`: an entry, or a leaf, is not what was sealed.
 * - `reordered`: entries are not in the order in which they were sealed.
 * - `gap`: entries that were sealed are missing.
 * - `truncated`: the log ends before what was signed.
 * - `uncovered`: the log goes on beyond what was signed.
 * - `forged_checkpoint`: a checkpoint is not what the key signed, or does not follow from the one before.
 * - `missing_checkpoint`: a checkpoint of the chain is missing.
 * - `bad_proof`: a proof does not prove what it says.
 */
export type FindingKind =
  'edited' | 'reordered' | 'gap' | 'truncated' | 'uncovered' | 'forged_checkpoint' | 'missing_checkpoint' | 'bad_proof';

export type Finding = { kind: FindingKind; detail: string };

/** How much was looked at. */
export type Counts = {
  entries: number;
  /** Of these, known by their hash alone: expired, or not shown to whoever exported. */
  hashOnly: number;
  checkpoints: number;
  /** Checkpoints whose root was computed anew from the entries. */
  roots: number;
  proofs: number;
};

/** `newest` is the last checkpoint whose signature holds: what lies beyond it is not known here. */
export type Report = { findings: Finding[]; counts: Counts; newest?: Checkpoint };
