import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Checkpoint, SignedCheckpoint } from './evidence-contract.ts';
import { type Hash, hex } from './merkle.ts';

/** The text that is signed: RFC 8785 canonical JSON of the checkpoint without its signature. */
export function signedText({ number, origin, size, root_hash, timestamp, previous, key_id }: Checkpoint): string {
  return canonicalize({ number, origin, size, root_hash, timestamp, previous, key_id }) as string;
}

/** What the next checkpoint names this one by. It leaves the signature out, of which there are many for one text. */
export const digestOf = (checkpoint: Checkpoint): string =>
  createHash('sha256').update(signedText(checkpoint)).digest('hex');

/** The checkpoint that follows, of a tree that has grown since. */
export const following = (
  last: SignedCheckpoint | undefined,
  tree: { size: number; root: Hash },
  by: { origin: string; keyId: string },
  now: Date,
): Checkpoint => ({
  number: (last?.number ?? 0) + 1,
  origin: by.origin,
  size: tree.size,
  root_hash: hex(tree.root),
  timestamp: now.toISOString(),
  previous: last ? digestOf(last) : null,
  key_id: by.keyId,
});
