import canonicalize from 'canonicalize';
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consistencyPath,
  type Hash,
  hex,
  inclusionPath,
  isConsistent,
  leafHash,
  rootOf,
} from '../../../functions/audit/merkle.ts';
import { grow, leafTiles, leavesIn, sealedText, tileName, tilesFor } from '../../../functions/audit/tree-model.ts';
import * as verifier from '../../../verifier/merkle.ts';
import { grown, idOf } from '../../support/evidence.ts';
import { anEntry } from './fixtures.ts';

const sha256 = (...parts: (Uint8Array | string)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** RFC 9162 as it is written, over a list of leaves. */
const split = (n: number): number => 2 ** (Math.ceil(Math.log2(n)) - 1);
function mth(d: readonly Hash[]): Hash {
  if (d.length === 0) return sha256('');
  if (d.length === 1) return d[0] as Hash;
  const k = split(d.length);
  return sha256(Buffer.of(1), mth(d.slice(0, k)), mth(d.slice(k)));
}
function path(m: number, d: readonly Hash[]): Hash[] {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k ? [...path(m, d.slice(0, k)), mth(d.slice(k))] : [...path(m - k, d.slice(k)), mth(d.slice(0, k))];
}
function subproof(m: number, d: readonly Hash[], b: boolean): Hash[] {
  if (m === d.length) return b ? [] : [mth(d)];
  const k = split(d.length);
  return m <= k
    ? [...subproof(m, d.slice(0, k), b), mth(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))];
}

const leaves = (count: number): Hash[] => Array.from({ length: count }, (_, n) => leafHash(`entry ${n}`));
const hexes = (hashes: readonly Hash[]): string[] => hashes.map(hex);

const aTree = fc
  .integer({ min: 1, max: 600 })
  .chain((size) =>
    fc.tuple(fc.constant(size), fc.integer({ min: 1, max: size }), fc.integer({ min: 0, max: size - 1 })),
  );

describe('the tree', () => {
  it('[AUD-5] has the roots, inclusion and consistency paths of RFC 9162, whatever the batches that it grew in', () => {
    const batches = fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 12 });
    fc.assert(
      fc.property(aTree, batches, ([size, from, index], sizes) => {
        const all = leaves(size);
        const { nodes } = grown(all, sizes);
        expect(hex(rootOf(size, nodes))).toBe(hex(mth(all)));
        expect(hex(rootOf(from, nodes))).toBe(hex(mth(all.slice(0, from))));
        expect(hexes(inclusionPath(index, size, nodes))).toEqual(hexes(path(index, all)));
        expect(hexes(consistencyPath(from, size, nodes))).toEqual(hexes(subproof(from, all, true)));
      }),
    );
  });

  it('[AUD-5] of no leaves is the hash of nothing', () => {
    expect(hex(rootOf(0, grown([]).nodes))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('[AUD-5] has tiles of sixteen, and knows its leaves by their place', () => {
    const all = leaves(300).map((hash, n) => ({ id: idOf(n), hash }));
    const { tree, tiles } = grow({ version: 0, size: 0, edge: [], ids: [] }, all);
    expect(tiles.map(({ level, index }) => `${level}#${index}`)).toEqual([
      ...Array.from({ length: 16 }, (_, n) => `0#${n}`),
      '1#0',
      '0#16',
      '0#17',
    ]);
    expect(tree.edge.map((row) => row.length)).toEqual([12, 2, 1]);
    const byName = new Map(tiles.map((tile) => [tileName(tile), tile]));
    for (const [from, before] of [
      [0, 300],
      [15, 17],
      [287, 289],
      [290, 300],
    ] as const) {
      const refs = leafTiles(tree, from, before);
      expect(refs.length).toBeLessThanOrEqual((before - from) / 16 + 2);
      const read = new Map(refs.map((ref) => [tileName(ref), byName.get(tileName(ref))!]));
      const found = leavesIn(tree, read, from, before);
      expect(found.map(({ id, index }) => [id, index])).toEqual(
        all.slice(from, before).map(({ id }, n) => [id, from + n]),
      );
    }
  });

  it('[AUD-5] proves a leaf of a million from a handful of tiles', () => {
    const hash = leafHash('x');
    const row = (count: number): Hash[] => Array.from({ length: count }, () => hash);
    // 1,000,000 is f4240 in hexadecimal: so many hashes of each level wait for their tile.
    const tree = { version: 1, size: 1_000_000, edge: [row(0), row(4), row(2), row(4), row(15)], ids: [] };
    for (const index of [0, 1, 65_535, 499_999, 999_999]) {
      expect(tilesFor(tree, (nodes) => inclusionPath(index, tree.size, nodes)).length).toBeLessThanOrEqual(5);
    }
  });
});

describe('verification', () => {
  it('[AUD-5] takes what is proven and nothing else: another leaf, index, size, root or path', () => {
    fc.assert(
      fc.property(aTree, fc.nat(), ([size, from, index], salt) => {
        const all = leaves(size);
        const { nodes } = grown(all);
        const root = mth(all);
        const proof = inclusionPath(index, size, nodes);
        const leaf = all[index] as Hash;
        const leadsTo = (given: Partial<Parameters<typeof verifier.rootFromPath>[0]>): boolean => {
          const found = verifier.rootFromPath({ index, size, leaf, path: proof, ...given });
          return found !== undefined && hex(found) === hex(root);
        };
        expect(leadsTo({})).toBe(true);
        expect(leadsTo({ leaf: leafHash('forged') })).toBe(false);
        expect(leadsTo({ path: [...proof, leaf] })).toBe(false);
        expect(leadsTo({ index: size })).toBe(false);
        if (size > 1) {
          expect(leadsTo({ index: (index + 1 + (salt % (size - 1))) % size })).toBe(false);
          expect(leadsTo({ path: proof.slice(1) })).toBe(false);
          expect(leadsTo({ path: proof.with(salt % proof.length, leafHash('forged')) })).toBe(false);
        }
        const [before, after] = [
          { size: from, root: mth(all.slice(0, from)) },
          { size, root },
        ];
        const growth = consistencyPath(from, size, nodes);
        const forged = { size: from, root: leafHash('forged') };
        for (const check of [isConsistent, verifier.isConsistent]) {
          expect(check(before, after, growth)).toBe(true);
          expect(check(forged, after, growth)).toBe(false);
          expect(check(before, { size, root: leafHash('forged') }, growth)).toBe(false);
          expect(check(before, after, [...growth, leaf])).toBe(false);
          if (growth.length > 0) {
            expect(check(before, after, growth.slice(1))).toBe(false);
            expect(check(before, after, growth.with(salt % growth.length, leafHash('forged')))).toBe(false);
          }
        }
      }),
    );
  });

  it('[AUD-5] computes the roots of all prefixes from the leaves alone', () => {
    const all = leaves(130);
    const log = verifier.logOf(all);
    for (let size = 1; size <= all.length; size += 1) {
      expect(hex(verifier.rootAt(log, size))).toBe(hex(mth(all.slice(0, size))));
    }
    const exchanged = all.with(3, all[77] as Hash).with(77, all[3] as Hash);
    const instead = new Map([
      [3, all[77] as Hash],
      [77, all[3] as Hash],
    ]);
    expect(hex(verifier.rootAt(log, 130, instead))).toBe(hex(mth(exchanged)));
  });
});

describe('a leaf', () => {
  it.each([1, 21_844, 21_845, 65_536, 300_000])('[AUD-5] of %i characters is the hash of all of them', (length) => {
    for (const unit of ['x', '€', '💥']) {
      const long = unit.repeat(length);
      expect(hex(leafHash(long))).toBe(hex(sha256(Buffer.of(0), long)));
    }
    expect(hex(leafHash('short'))).toBe(hex(sha256(Buffer.of(0), 'short')));
  });

  const text = fc.string({ unit: 'grapheme' });
  const anyEntry = fc.record({
    summary: text,
    subject: text,
    sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    related_tasks: fc.array(text),
    details: fc.record({
      context: text,
      options_considered: fc.array(text),
      decision: text,
      reasoning: text,
      outcome: text,
    }),
  });

  it('[AUD-5] is the hash of the RFC 8785 canonical JSON of the entry, whatever the order of its fields', () => {
    fc.assert(
      fc.property(anyEntry, (fields) => {
        const entry = anEntry(fields);
        const turned = Object.fromEntries(Object.entries(entry).toReversed()) as typeof entry;
        expect(sealedText(entry)).toBe(canonicalize(entry));
        expect(sealedText(turned)).toBe(canonicalize(entry));
        expect(hex(leafHash(sealedText(entry)))).toBe(hex(sha256(Buffer.of(0), canonicalize(entry) as string)));
      }),
    );
  });
});
