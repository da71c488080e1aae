import { hash } from 'node:crypto';

/** SHA-256, 32 bytes. */
export type Hash = Uint8Array;

const width = 32;

export const hex = (bytes: Hash): string => Buffer.from(bytes).toString('hex');
export const isSame = (a: Hash, b: Hash): boolean => Buffer.compare(a, b) === 0;

/** RFC 9162 section 2.1.1: the hash of a leaf is that of a zero byte and its content. */
export const leafHash = (content: string): Hash => hash('sha256', `\0${content}`, 'buffer');

/** The hash of a node is that of a one byte and the hashes of its children. */
export const nodeHash = (left: Hash, right: Hash): Hash =>
  hash('sha256', Buffer.concat([Buffer.of(1), left, right]), 'buffer');

/** The leaves of a log, and above them the roots of all perfect subtrees, level by level, side by side. */
export type Log = { size: number; levels: readonly Buffer[] };

export function logOf(leaves: readonly Hash[]): Log {
  const levels = [Buffer.concat(leaves)];
  for (let row = levels[0] ?? Buffer.alloc(0); row.length >= 2 * width;) {
    const above = Buffer.alloc(Math.floor(row.length / width / 2) * width);
    for (let at = 0; at < above.length; at += width)
      above.set(nodeHash(slot(row, at * 2), slot(row, at * 2 + width)), at);
    levels.push(above);
    row = above;
  }
  return { size: leaves.length, levels };
}

const slot = (row: Buffer, from: number): Buffer => row.subarray(from, from + width);

export const leafAt = (log: Log, index: number): Hash => slot(log.levels[0] ?? Buffer.alloc(0), index * width);

/** Leaves that are to be taken for others, by index. */
type Instead = ReadonlyMap<number, Hash>;

function nodeAt(log: Log, level: number, index: number, instead: Instead): Hash {
  const [from, before] = [index * 2 ** level, (index + 1) * 2 ** level];
  if (![...instead.keys()].some((leaf) => leaf >= from && leaf < before)) {
    return slot(log.levels[level] ?? Buffer.alloc(0), index * width);
  }
  if (level === 0) return instead.get(index) as Hash;
  return nodeHash(nodeAt(log, level - 1, index * 2, instead), nodeAt(log, level - 1, index * 2 + 1, instead));
}

/** Root of the first `size` leaves, at least one. */
export function rootAt(log: Log, size: number, instead: Instead = new Map()): Hash {
  const root = (begin: number, of: number): Hash => {
    const split = splitOf(of);
    if (split === of) return nodeAt(log, Math.round(Math.log2(of)), begin / of, instead);
    return nodeHash(root(begin, split), root(begin + split, of - split));
  };
  return root(0, size);
}

/** Largest power of two that is not above a size. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 <= size) split *= 2;
  return split;
}

type Join = (left: Hash, right: Hash) => Hash;

/**
 * RFC 9162 section 2.1.3.2: the root that an inclusion path leads to.
 * @returns undefined when the path is too long or too short for the leaf and the size
 */
export function rootFromPath(
  { index, size, leaf, path }: { index: number; size: number; leaf: Hash; path: readonly Hash[] },
  join: Join = nodeHash,
): Hash | undefined {
  if (index >= size) return undefined;
  let [at, last, root] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (isOdd(at) || at === last) {
      root = join(sibling, root);
      for (; !isOdd(at) && at !== 0; [at, last] = [half(at), half(last)]);
    } else root = join(root, sibling);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 ? root : undefined;
}

const isOdd = (value: number): boolean => value % 2 === 1;
const half = (value: number): number => Math.floor(value / 2);

type Version = { size: number; root: Hash };

/** RFC 9162 section 2.1.4.2: whether the later log begins with the earlier one. */
export function isConsistent(from: Version, to: Version, path: readonly Hash[]): boolean {
  if (from.size === to.size) return path.length === 0 && isSame(from.root, to.root);
  const isPerfect = splitOf(from.size) === from.size;
  const [first, ...rest] = isPerfect ? [from.root, ...path] : path;
  if (!first || from.size > to.size) return false;
  let [at, last] = [from.size - 1, to.size - 1];
  for (; isOdd(at); [at, last] = [half(at), half(last)]);
  let [before, after] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      [before, after] = [nodeHash(sibling, before), nodeHash(sibling, after)];
      for (; !isOdd(at) && at !== 0; [at, last] = [half(at), half(last)]);
    } else after = nodeHash(after, sibling);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && isSame(before, from.root) && isSame(after, to.root);
}
