import type { Call } from '../../shared/serve.ts';
import type { ConsistencyProof, evidenceRoutes } from '../evidence-contract.ts';
import { consistencyPath, hex, type Nodes } from '../merkle.ts';
import { notSealedYet } from '../not-sealed-yet.ts';
import type { TreeStore } from '../store-tree.ts';
import { nodesOf, tilesFor } from '../tree-model.ts';

/**
 * Proves that the log of `to` leaves begins with the log of `from` leaves.
 * @throws Problem `NotSealedYet` beyond the newest checkpoint
 */
export async function proveConsistency(
  { tree: store }: { tree: TreeStore },
  { query: { from, to } }: Call<(typeof evidenceRoutes)['proveConsistency']>,
): Promise<ConsistencyProof> {
  const newest = await store.newest();
  if (to > (newest?.size ?? 0)) throw notSealedYet(`The newest checkpoint is of ${newest?.size ?? 0} leaves.`);
  const tree = await store.head();
  const pathIn = (nodes: Nodes) => consistencyPath(from, to, nodes);
  const tiles = await store.tiles(tilesFor(tree, pathIn));
  return { from, to, path: pathIn(nodesOf(tree, tiles)).map(hex) };
}
