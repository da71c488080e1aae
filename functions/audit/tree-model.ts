import type { Entry, EntryItem } from '../shared/ledger.ts';
import { type Hash, hex, leafHash, type Nodes, perfectRoot } from './merkle.ts';

/** Hashes are kept in tiles of sixteen: below one KB, the unit that DynamoDB counts writes in. */
export const tileWidth = 16;
const tileHeight = 4;

/**
 * The head of the tree: what a further leaf needs to know. `edge[n]` has the hashes of level `4n` that fill no tile yet, at
 * most fifteen; `ids` has the entries of those in `edge[0]`.
 */
export type Tree = { version: number; size: number; edge: readonly (readonly Hash[])[]; ids: readonly string[] };

/** A full tile, which never changes: hashes of level `4 * level`, and on level 0 the entries that they are of. */
export type Tile = { level: number; index: number; hashes: readonly Hash[]; ids: readonly string[] };
export type TileRef = Pick<Tile, 'level' | 'index'>;

export type NewLeaf = { id: string; hash: Hash };

export const emptyTree: Tree = { version: 0, size: 0, edge: [], ids: [] };

/** Every field, so that none that is added to the schema can be left out of what is sealed. */
type Whole<T> = { [K in keyof Required<T>]: T[K] };

/**
 * The text that a leaf is the hash of: RFC 8785 canonical JSON of the entry as it is stored. Its fields are known, so it is
 * enough to name them in order; JSON.stringify writes strings and numbers as the RFC asks.
 */
export function sealedText(entry: Entry): string {
  const { details } = entry;
  const ordered: Whole<Entry> = {
    action_type: entry.action_type,
    agent_id: entry.agent_id,
    classification: entry.classification,
    details: {
      context: details.context,
      decision: details.decision,
      options_considered: details.options_considered,
      outcome: details.outcome,
      reasoning: details.reasoning,
    } satisfies Whole<Entry['details']>,
    domain: entry.domain,
    id: entry.id,
    policy_version: entry.policy_version,
    related_tasks: entry.related_tasks,
    retention: entry.retention,
    sequence: entry.sequence,
    subject: entry.subject,
    summary: entry.summary,
    timestamp: entry.timestamp,
    trace_id: entry.trace_id,
  };
  return JSON.stringify(ordered);
}

export const leafOf = (item: EntryItem): NewLeaf => ({ id: item.id, hash: leafHash(sealedText(item)) });

/** Whether an entry is the one that was sealed with this hash. A record that was changed may lack any field. */
export function isLeaf(item: EntryItem, sealed: Hash): boolean {
  try {
    return hex(leafOf(item).hash) === hex(sealed);
  } catch {
    return false;
  }
}

/** The tree with further leaves at its end, and the tiles that they fill. */
export function grow(tree: Tree, leaves: readonly NewLeaf[]): { tree: Tree; tiles: Tile[] } {
  const edge = tree.edge.map((row) => [...row]);
  const tiles: Tile[] = [];
  let ids = [...tree.ids];
  let { size } = tree;
  for (const { id, hash } of leaves) {
    size += 1;
    ids.push(id);
    let rising: Hash = hash;
    for (let level = 0; ; level += 1) {
      const row = (edge[level] ??= []);
      row.push(rising);
      if (row.length < tileWidth) break;
      tiles.push({ level, index: fullTiles(size, level) - 1, hashes: row, ids: level === 0 ? ids : [] });
      if (level === 0) ids = [];
      edge[level] = [];
      rising = perfectRoot(row);
    }
  }
  return { tree: { version: tree.version + 1, size, edge, ids }, tiles };
}

/** How many tiles of a level a tree of that size has filled. */
const fullTiles = (size: number, level: number): number => Math.floor(size / tileWidth ** (level + 1));

export const tileName = ({ level, index }: TileRef): string => `${level}#${index}`;

/** The nodes of a tree whose tiles were read. */
export const nodesOf = (tree: Tree, tiles: ReadonlyMap<string, Tile>): Nodes =>
  nodesFrom(tree, (ref) => {
    const tile = tiles.get(tileName(ref));
    if (!tile) throw new Error(`tile ${tileName(ref)} of the tree is missing`);
    return tile.hashes;
  });

const unread: readonly Hash[] = Array.from({ length: tileWidth }, () => new Uint8Array(32));

/** The tiles that a computation over the nodes will want, found by letting it run without them. */
export function tilesFor(tree: Tree, compute: (nodes: Nodes) => unknown): TileRef[] {
  const wanted = new Map<string, TileRef>();
  const nodes = nodesFrom(tree, (ref) => {
    wanted.set(tileName(ref), ref);
    return unread;
  });
  compute(nodes);
  return [...wanted.values()];
}

const nodesFrom =
  (tree: Tree, hashesOf: (ref: TileRef) => readonly Hash[]): Nodes =>
  (height, at) => {
    const level = Math.floor(height / tileHeight);
    const width = 2 ** (height % tileHeight);
    const first = at * width;
    const index = Math.floor(first / tileWidth);
    const hashes = index < fullTiles(tree.size, level) ? hashesOf({ level, index }) : (tree.edge[level] ?? []);
    const covered = hashes.slice(first % tileWidth, (first % tileWidth) + width);
    if (covered.length < width) throw new Error(`the tree has no node ${at} of height ${height}`);
    return perfectRoot(covered);
  };

/** The tiles of level 0 that hold these leaves; what is not in a full tile is in the head. */
export function leafTiles(tree: Tree, from: number, before: number): TileRef[] {
  const full = fullTiles(tree.size, 0);
  const [first, last] = [Math.floor(from / tileWidth), Math.ceil(before / tileWidth)];
  return Array.from({ length: Math.max(0, Math.min(last, full) - first) }, (_, n) => ({ level: 0, index: first + n }));
}

/** The leaves of a range, in order. */
export function leavesIn(
  tree: Tree,
  tiles: ReadonlyMap<string, Tile>,
  from: number,
  before: number,
): (NewLeaf & { index: number })[] {
  const leaves: (NewLeaf & { index: number })[] = [];
  for (let index = from; index < before; index += 1) {
    const tile = tiles.get(tileName({ level: 0, index: Math.floor(index / tileWidth) }));
    const [ids, hashes] = tile ? [tile.ids, tile.hashes] : [tree.ids, tree.edge[0] ?? []];
    const [id, hash] = [ids[index % tileWidth], hashes[index % tileWidth]];
    if (id === undefined || hash === undefined) throw new Error(`the tree has no leaf ${index}`);
    leaves.push({ id, hash, index });
  }
  return leaves;
}
