import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { following, signedText } from '../../functions/audit/checkpoint-model.ts';
import type { SignedCheckpoint } from '../../functions/audit/evidence-contract.ts';
import { consistencyPath, type Hash, hex, inclusionPath, type Nodes, rootOf } from '../../functions/audit/merkle.ts';
import { emptyTree, grow, leafOf, nodesOf, type Tile, tileName, type Tree } from '../../functions/audit/tree-model.ts';
import { type EntryItem, entryOf } from '../../functions/shared/ledger.ts';
import type { Evidence, Proof } from '../../verifier/evidence.ts';
import { anItem } from '../unit/audit/fixtures.ts';

/** A tree of these leaves, grown in the given batches, with its tiles. */
export function grown(
  leaves: readonly Hash[],
  batches: readonly number[] = [leaves.length],
): { tree: Tree; nodes: Nodes } {
  const tiles = new Map<string, Tile>();
  let tree = emptyTree;
  let at = 0;
  for (const batch of [...batches, leaves.length]) {
    const part = leaves.slice(at, at + batch).map((hash, n) => ({ id: idOf(at + n), hash }));
    at += part.length;
    const next = grow(tree, part);
    tree = next.tree;
    for (const tile of next.tiles) tiles.set(tileName(tile), tile);
  }
  return { tree, nodes: nodesOf(tree, tiles) };
}

export const idOf = (n: number): string => `01a2052e-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** A key pair as KMS has one, and the public half as it is published. */
export function aKeyPair() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = publicKey.export({ format: 'der', type: 'spki' });
  const key_id = createHash('sha256').update(der).digest('hex');
  const pem = String(publicKey.export({ format: 'pem', type: 'spki' }));
  return { key_id, pem, sign: (text: string) => sign('sha256', Buffer.from(text), privateKey).toString('base64') };
}
export type KeyPair = ReturnType<typeof aKeyPair>;

const start = Date.parse('2026-11-22T12:00:00.000Z');

/** Checkpoints over a log at these sizes, signed with the key. */
export function checkpointsOf(nodes: Nodes, sizes: readonly number[], key: KeyPair): SignedCheckpoint[] {
  const all: SignedCheckpoint[] = [];
  for (const size of sizes) {
    const by = { origin: 'urn:orchestra:test:ledger', keyId: key.key_id };
    const now = new Date(start + size * 1000);
    const next = following(all.at(-1), { size, root: rootOf(size, nodes) }, by, now);
    all.push({ ...next, signature: key.sign(signedText(next)) });
  }
  return all;
}

/** So many entries of a few subjects, numbered as the ledger numbers them. */
export const someItems = (count: number): EntryItem[] =>
  Array.from({ length: count }, (_, n) =>
    anItem({ subject: `decision/dec_${n % 5}`, sequence: Math.floor(n / 5) + 1, summary: `Entry ${n}` }),
  );

/** What an export of a log gives, with checkpoints at these sizes; as it was sealed by the code of the service. */
export function evidenceOf(items: readonly EntryItem[], sizes: readonly number[], key: KeyPair = aKeyPair()): Evidence {
  const leaves = items.map((item) => leafOf(item).hash);
  const { nodes } = grown(leaves);
  const newest = sizes.at(-1) ?? 0;
  const proofs: Proof[] = [
    ...leaves.slice(0, newest).map((hash, index) => ({
      kind: 'inclusion' as const,
      leaf_index: index,
      leaf_hash: hex(hash),
      tree_size: newest,
      path: inclusionPath(index, newest, nodes).map(hex),
    })),
    ...sizes.map((from) => ({
      kind: 'consistency' as const,
      from,
      to: newest,
      path: consistencyPath(from, newest, nodes).map(hex),
    })),
  ];
  return {
    lines: items.map((item, n) => ({ leaf_index: n, leaf_hash: hex(leaves[n] as Hash), entry: { ...entryOf(item) } })),
    checkpoints: checkpointsOf(nodes, sizes, key),
    proofs,
    keys: [{ key_id: key.key_id, pem: key.pem }],
  };
}
