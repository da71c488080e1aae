import { hash } from 'node:crypto';
import { inclusionPath, leafHash, nodeHash, type Nodes, rootOf } from '../../functions/audit/merkle.ts';
import { emptyTree, grow, leafOf, nodesOf, sealedText, tilesFor } from '../../functions/audit/tree-model.ts';
import type { EntryItem } from '../../functions/shared/ledger.ts';
import { hex, rootFromPath } from '../../verifier/merkle.ts';
import { entryAt } from './population.ts';
import { atMost, type Figure } from './report.ts';
import { compare, timed } from './statistics.ts';

const entries = 100_000;
const perTransaction = 80;
const rounds = 5;
const logSize = 1_000_000;

/** What sealing computes, against hashing alone; and what verifying one proof takes. */
export async function sealFigures(): Promise<Figure[]> {
  const items = Array.from({ length: entries }, (_, n) => entryAt(n, new Date()));
  const texts = items.map((item) => Buffer.from(sealedText(item)));
  const seal = (): void => sealAll(items);
  const bare = (): void => {
    for (const text of texts) hash('sha256', text, 'buffer');
  };
  const perEntry = async (work: () => void): Promise<number> => ((await timed(work)) * 1000) / entries;
  seal();
  bare();
  const { measured, floor, ratio } = await compare(
    () => perEntry(seal),
    () => perEntry(bare),
    rounds,
  );
  const count = entries.toLocaleString('en-US');
  return [
    {
      name: 'seal.ratio',
      value: ratio,
      unit: 'ratio',
      target: atMost(4),
      against: `Time per entry of sealing ${count} entries in process (canonical form, leaf and tiles, ${perTransaction} a transaction, and the root in the end), against bare SHA-256 of the same bytes; ${rounds} turns.`,
    },
    { name: 'seal.entry_us', value: measured, unit: 'µs', against: 'The first of the two; depends on the host.' },
    { name: 'seal.floor_us', value: floor, unit: 'µs', against: 'The second; depends on the host.' },
    proofFigure(),
  ];
}

/** As the archiver does, but for the reads and writes. */
function sealAll(items: readonly EntryItem[]): void {
  let tree = emptyTree;
  for (let at = 0; at < items.length; at += perTransaction) {
    tree = grow(tree, items.slice(at, at + perTransaction).map(leafOf)).tree;
  }
  rootOf(tree.size, nodesOf(tree, new Map()));
}

function proofFigure(): Figure {
  const { nodes, root } = aLog();
  let most = 0;
  // Leaves at the ends, in the middle and at every power of two: each length of a path is among them.
  const indices = [0, logSize - 1, logSize / 2, ...Array.from({ length: 20 }, (_, n) => Math.min(2 ** n, logSize - 2))];
  for (const index of indices) {
    let hashes = 0;
    const join: typeof nodeHash = (left, right) => {
      hashes += 1;
      return nodeHash(left, right);
    };
    const path = inclusionPath(index, logSize, nodes);
    const found = rootFromPath({ index, size: logSize, leaf: leafHash(`entry ${index}`), path }, join);
    if (!found || hex(found) !== root) throw new Error(`the proof of leaf ${index} does not verify`);
    most = Math.max(most, hashes);
  }
  return {
    name: 'proof.hashes',
    value: most,
    unit: 'hashes',
    target: atMost(20),
    against: `Most hashes from the hash of a leaf to the root, in verifying an inclusion proof in a log of ${logSize.toLocaleString('en-US')} entries; ${indices.length} leaves.`,
  };
}

function aLog(): { nodes: Nodes; root: string } {
  const leaves = Array.from({ length: logSize }, (_, n) => ({ id: '', hash: leafHash(`entry ${n}`) }));
  const { tree, tiles } = grow(emptyTree, leaves);
  const byName = new Map(tiles.map((tile) => [`${tile.level}#${tile.index}`, tile]));
  if (tilesFor(tree, (nodes) => rootOf(logSize, nodes)).length > 0)
    throw new Error('the root wants more than the edge');
  const nodes = nodesOf(tree, byName);
  return { nodes, root: hex(rootOf(logSize, nodes)) };
}
