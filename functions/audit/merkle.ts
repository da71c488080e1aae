import { hash as digest } from 'node:crypto';

/** SHA-256, 32 bytes. */
export type Hash = Uint8Array;

/** Root of the perfect subtree of height `level` that covers the leaves from `index * 2^level` on. */
export type Nodes = (level: number, index: number) => Hash;

export const hex = (hash: Hash): string => Buffer.from(hash).toString('hex');

/** Its first byte stays zero. */
const leaf = Buffer.alloc(65_536);

/** Hash of a leaf, RFC 9162 section 2.1.1: SHA-256 of a zero byte and the UTF-8 of its text. */
export function leafHash(text: string): Hash {
  // Written behind the zero byte, a text need not be copied first; what may not fit, at three bytes a character, is rare.
  if (text.length * 3 >= leaf.length) return digest('sha256', `\0${text}`, 'buffer');
  return digest('sha256', leaf.subarray(0, 1 + leaf.write(text, 1)), 'buffer');
}

const pair = Buffer.alloc(65, 1);

/** Hash of an inner node: SHA-256 of a one byte and the hashes of its children. */
export function nodeHash(left: Hash, right: Hash): Hash {
  pair.set(left, 1);
  pair.set(right, 33);
  return digest('sha256', pair, 'buffer');
}

/** Root of as many hashes as a power of two. */
export function perfectRoot(hashes: readonly Hash[]): Hash {
  let row = hashes;
  while (row.length > 1) {
    const above: Hash[] = [];
    for (let at = 0; at < row.length; at += 2) above.push(nodeHash(row[at] as Hash, row[at + 1] as Hash));
    row = above;
  }
  return row[0] as Hash;
}

/** Largest power of two below a size of two or more: where RFC 9162 splits a tree. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

const isPowerOfTwo = (size: number): boolean => size === 1 || splitOf(size) * 2 === size;

/** Root of `size` leaves from `begin` on; every part that the tree is split into is perfect and aligned. */
function rangeRoot(begin: number, size: number, nodes: Nodes): Hash {
  if (isPowerOfTwo(size)) return nodes(Math.round(Math.log2(size)), begin / size);
  const split = splitOf(size);
  return nodeHash(rangeRoot(begin, split, nodes), rangeRoot(begin + split, size - split, nodes));
}

/** Root of a tree of that many leaves; of none, the hash of nothing. */
export const rootOf = (size: number, nodes: Nodes): Hash =>
  size === 0 ? digest('sha256', '', 'buffer') : rangeRoot(0, size, nodes);

/** PATH of RFC 9162 section 2.1.3.1: what leads from a leaf to the root of a tree of `size` leaves. */
export function inclusionPath(index: number, size: number, nodes: Nodes): Hash[] {
  const path = (at: number, begin: number, of: number): Hash[] => {
    if (of === 1) return [];
    const split = splitOf(of);
    return at < split
      ? [...path(at, begin, split), rangeRoot(begin + split, of - split, nodes)]
      : [...path(at - split, begin + split, of - split), rangeRoot(begin, split, nodes)];
  };
  return path(index, 0, size);
}

/** PROOF of RFC 9162 section 2.1.4.1: that a tree of `to` leaves begins with the tree of `from` leaves; 1 ≤ from ≤ to. */
export function consistencyPath(from: number, to: number, nodes: Nodes): Hash[] {
  const path = (part: number, begin: number, of: number, isKnown: boolean): Hash[] => {
    if (part === of) return isKnown ? [] : [rangeRoot(begin, of, nodes)];
    const split = splitOf(of);
    return part <= split
      ? [...path(part, begin, split, isKnown), rangeRoot(begin + split, of - split, nodes)]
      : [...path(part - split, begin + split, of - split, false), rangeRoot(begin, split, nodes)];
  };
  return path(from, 0, to, true);
}

type Version = { size: number; root: Hash };

const isOdd = (value: number): boolean => value % 2 === 1;
const half = (value: number): number => Math.floor(value / 2);

/** Verification of RFC 9162 section 2.1.4.2: whether the later tree begins with the earlier one, which is not empty. */
export function isConsistent(from: Version, to: Version, path: readonly Hash[]): boolean {
  if (from.size === to.size) return path.length === 0 && hex(from.root) === hex(to.root);
  const [first, ...rest] = isPowerOfTwo(from.size) ? [from.root, ...path] : path;
  if (!first || from.size > to.size) return false;
  let [lower, upper] = [from.size - 1, to.size - 1];
  for (; isOdd(lower); [lower, upper] = [half(lower), half(upper)]);
  let [before, after] = [first, first];
  for (const hash of rest) {
    if (upper === 0) return false;
    if (isOdd(lower) || lower === upper) {
      [before, after] = [nodeHash(hash, before), nodeHash(hash, after)];
      for (; !isOdd(lower) && lower !== 0; [lower, upper] = [half(lower), half(upper)]);
    } else after = nodeHash(after, hash);
    [lower, upper] = [half(lower), half(upper)];
  }
  return upper === 0 && hex(before) === hex(from.root) && hex(after) === hex(to.root);
}
