import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { CheckpointKey, SignedCheckpoint } from './evidence-contract.ts';
import type { Hash } from './merkle.ts';
import { emptyTree, type NewLeaf, type Tile, tileName, type TileRef, type Tree } from './tree-model.ts';

const checkpoints = 'audit#tree#checkpoints';
const publicKeys = 'audit#tree#keys';

export const treeKeys = {
  /** A4 Head of the Merkle tree: its size, and its growing edge. */
  head: (): Key => ({ pk: 'audit#tree#head', sk: 'head' }),
  /** A5 Leaf of an entry: its index and hash, and where the entry is. */
  leaf: (id: string): Key => ({ pk: `audit#tree#leaf#${id}`, sk: 'leaf' }),
  /** A6 Sixteen hashes that stand side by side in the tree; written when all are known, and never again. */
  tile: (ref: TileRef): Key => ({ pk: `audit#tree#tile#${tileName(ref)}`, sk: 'tile' }),
  /** A7 One signed checkpoint; and all of them, newest first. */
  checkpoint: (number: number): Key => ({ pk: checkpoints, sk: String(number).padStart(12, '0') }),
  /** A8 Public keys that checkpoints were signed with. */
  publicKey: (id: string): Key => ({ pk: publicKeys, sk: id }),
} as const;

const hashBytes = 32;
const idBytes = 16;

const packed = (hashes: readonly Hash[]): Uint8Array => Buffer.concat(hashes);
const unpacked = (bytes: Uint8Array, width: number): Uint8Array[] =>
  Array.from({ length: bytes.length / width }, (_, at) => bytes.subarray(at * width, (at + 1) * width));

const packedIds = (ids: readonly string[]): Uint8Array => Buffer.from(ids.join('').replaceAll('-', ''), 'hex');
const unpackedIds = (bytes: Uint8Array): string[] =>
  unpacked(bytes, idBytes).map((id) => Buffer.from(id).toString('hex').replace(uuidParts, '$1-$2-$3-$4-$5'));
const uuidParts = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** A leaf as it is kept; `sealed_at` is when it was added, `entry_pk` the partition of its entry in the ledger. */
export type Leaf = { index: number; hash: Hash; entry_pk: string; sealed_at: string };

type StoredTree = { version: number; size: number; edge: Uint8Array[]; ids: Uint8Array };
type StoredTile = TileRef & { hashes: Uint8Array; ids?: Uint8Array };

function treeFrom(item: Item | undefined): Tree {
  if (!item) return emptyTree;
  const { version, size, edge, ids } = item as StoredTree;
  return { version, size, edge: edge.map((row) => unpacked(row, hashBytes)), ids: unpackedIds(ids) };
}

function tileFrom(item: Item): Tile {
  const { level, index, hashes, ids } = item as StoredTile;
  return { level, index, hashes: unpacked(hashes, hashBytes), ids: ids ? unpackedIds(ids) : [] };
}

const checkpointFrom = (item: Item): SignedCheckpoint => SignedCheckpoint.parse(bare(item));

/** Questions to the Merkle tree over the ledger. */
export const treeStore = (table: Table) => ({
  head: async (): Promise<Tree> => treeFrom((await table.getMany([treeKeys.head()]))[0]),
  /** The head and the leaves of some entries, as far as there are any; not of one instant. */
  headAndLeaves: async (ids: readonly string[]): Promise<{ tree: Tree; leaves: (Leaf | undefined)[] }> => {
    const [head, ...leaves] = await table.getMany([treeKeys.head(), ...ids.map(treeKeys.leaf)]);
    return { tree: treeFrom(head), leaves: leaves as (Leaf | undefined)[] };
  },
  leaves: async (ids: readonly string[]): Promise<(Leaf | undefined)[]> =>
    (await table.getMany(ids.map(treeKeys.leaf))) as (Leaf | undefined)[],
  /** Those tiles that there are, by name. */
  tiles: async (refs: readonly TileRef[]): Promise<Map<string, Tile>> => {
    if (refs.length === 0) return new Map();
    const found = (await table.getMany(refs.map(treeKeys.tile))).filter((item) => item !== undefined);
    return new Map(found.map(tileFrom).map((tile) => [tileName(tile), tile]));
  },
  newest: async (): Promise<SignedCheckpoint | undefined> => {
    const { items } = await table.query({ partition: ['pk', checkpoints], newestFirst: true, limit: 1 });
    return items[0] && checkpointFrom(items[0]);
  },
  checkpoints: async (limit: number, after: Item | undefined) => {
    const { items, last } = await table.query({ partition: ['pk', checkpoints], newestFirst: true, limit, after });
    return { checkpoints: items.map(checkpointFrom), last };
  },
  publicKeys: async (): Promise<CheckpointKey[]> => {
    const { items } = await table.query({ partition: ['pk', publicKeys] });
    return items.map((item) => CheckpointKey.parse(bare(item)));
  },
});
export type TreeStore = ReturnType<typeof treeStore>;

type Placed = NewLeaf & { entry_pk: string };

export const treeWrites = {
  /** The next head with the leaves and tiles that it brings: all of them, or none when another was quicker. */
  growth: (before: Tree, after: Tree, leaves: readonly Placed[], tiles: readonly Tile[], at: Date): Write[] => {
    const { version, size } = after;
    const head = { version, size, edge: after.edge.map(packed), ids: packedIds(after.ids) };
    return [
      before.version === 0
        ? { kind: 'create', key: treeKeys.head(), item: head }
        : { kind: 'replace', key: treeKeys.head(), item: head, version: before.version },
      ...leaves.map(({ id, hash, entry_pk }, n): Write => {
        const leaf = { index: before.size + n, hash, entry_pk, sealed_at: at.toISOString() };
        return { kind: 'create', key: treeKeys.leaf(id), item: leaf };
      }),
      ...tiles.map(({ level, index, hashes, ids }): Write => {
        const tile = { level, index, hashes: packed(hashes), ...(level === 0 ? { ids: packedIds(ids) } : {}) };
        return { kind: 'create', key: treeKeys.tile({ level, index }), item: tile };
      }),
    ];
  },
  /** One checkpoint of a number. */
  checkpoint: (checkpoint: SignedCheckpoint): Write => ({
    kind: 'create',
    key: treeKeys.checkpoint(checkpoint.number),
    item: checkpoint,
  }),
  /** Published with the first checkpoint that it signs. */
  publicKey: (key: CheckpointKey): Write => ({ kind: 'put', key: treeKeys.publicKey(key.key_id), item: key }),
};
