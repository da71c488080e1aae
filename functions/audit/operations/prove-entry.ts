import { Problem } from '../../shared/errors.ts';
import type { EntryItem } from '../../shared/ledger.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Call } from '../../shared/serve.ts';
import type { evidenceRoutes, InclusionProof } from '../evidence-contract.ts';
import { hex, inclusionPath, type Nodes } from '../merkle.ts';
import { readsEveryEntry } from '../model.ts';
import { notSealedYet } from '../not-sealed-yet.ts';
import type { TreeStore } from '../store-tree.ts';
import { nodesOf, tilesFor } from '../tree-model.ts';
import { findReadable, type ReadableDeps } from './get-entry.ts';

type Deps = ReadableDeps & { tree: TreeStore };

/**
 * Proves by the newest checkpoint that an entry is in the log. The proof outlives the entry: of one that has expired it is
 * given to those who read every entry.
 * @throws Problem `NotFound` as for the entry itself, `NotSealedYet` when no checkpoint covers it
 */
export async function proveEntry(
  deps: Deps,
  { params, actor, now }: Call<(typeof evidenceRoutes)['proveEntry']>,
): Promise<InclusionProof> {
  const [checkpoint, item] = await Promise.all([deps.tree.newest(), findReadable(deps, params.id, actor, now)]);
  // The head is read after the checkpoint, so its tree is the larger one and begins with what was signed.
  const { tree, leaves } = await deps.tree.headAndLeaves([params.id]);
  const [leaf] = leaves;
  if (!mayHaveProof(item, actor, leaf !== undefined)) throw notFound(params.id);
  if (!leaf || !checkpoint || leaf.index >= checkpoint.size) throw notSealedYet('The entry is recorded.');
  const pathIn = (nodes: Nodes) => inclusionPath(leaf.index, checkpoint.size, nodes);
  const tiles = await deps.tree.tiles(tilesFor(tree, pathIn));
  return {
    entry_id: params.id,
    leaf_index: leaf.index,
    leaf_hash: hex(leaf.hash),
    tree_size: checkpoint.size,
    path: pathIn(nodesOf(tree, tiles)).map(hex),
    checkpoint,
  };
}

const mayHaveProof = (item: EntryItem | undefined, actor: Actor, isSealed: boolean): boolean =>
  item !== undefined || (isSealed && readsEveryEntry(actor));

const notFound = (id: string): Problem => new Problem('NotFound', `There is no entry ${id} that you may read.`);
