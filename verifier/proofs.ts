import type { Checkpoint, Line, Proof } from './evidence.ts';
import type { Finding } from './findings.ts';
import { hex, isConsistent, rootFromPath } from './merkle.ts';

const bytes = (digest: string): Buffer => Buffer.from(digest, 'hex');

/** Checks proofs against the checkpoints that can be relied on, and the log against what they prove. */
export function checkProofs(proofs: readonly Proof[], sound: readonly Checkpoint[], lines: readonly Line[]): Finding[] {
  const roots = new Map(sound.map(({ size, root_hash }) => [size, root_hash]));
  const leaves = new Map(lines.map(({ leaf_index, leaf_hash }) => [leaf_index, leaf_hash]));
  return proofs.flatMap((proof) =>
    proof.kind === 'inclusion' ? checkInclusion(proof, roots, leaves) : checkConsistency(proof, roots),
  );
}

type Inclusion = Extract<Proof, { kind: 'inclusion' }>;
type Consistency = Extract<Proof, { kind: 'consistency' }>;

const bad = (detail: string): Finding[] => [{ kind: 'bad_proof', detail }];

function checkInclusion(
  { leaf_index, leaf_hash, tree_size, path }: Inclusion,
  roots: ReadonlyMap<number, string>,
  leaves: ReadonlyMap<number, string>,
): Finding[] {
  const signed = roots.get(tree_size);
  if (signed === undefined) return bad(`leaf ${leaf_index} is proven in a log of ${tree_size}, which nobody signed`);
  const asked = { index: leaf_index, size: tree_size, leaf: bytes(leaf_hash), path: path.map(bytes) };
  const root = rootFromPath(asked);
  if (!root || hex(root) !== signed)
    return bad(`the proof of leaf ${leaf_index} leads to another root than was signed`);
  const inLog = leaves.get(leaf_index);
  if (inLog === undefined || inLog === leaf_hash) return [];
  return [{ kind: 'edited', detail: `leaf ${leaf_index} is not the one that is proven` }];
}

function checkConsistency({ from, to, path }: Consistency, roots: ReadonlyMap<number, string>): Finding[] {
  const [before, after] = [roots.get(from), roots.get(to)];
  if (before === undefined || after === undefined) return bad(`nobody signed logs of ${from} and ${to} leaves`);
  const is = isConsistent({ size: from, root: bytes(before) }, { size: to, root: bytes(after) }, path.map(bytes));
  return is ? [] : bad(`that the log of ${to} leaves begins with that of ${from} is not proven`);
}
