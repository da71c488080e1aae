import * as z from 'zod';
import type { Page } from '../../shared/contract.ts';
import type { Cursors } from '../../shared/page.ts';
import type { Call } from '../../shared/serve.ts';
import type { evidenceRoutes, SignedCheckpoint } from '../evidence-contract.ts';
import type { TreeStore } from '../store-tree.ts';

const Position = z.strictObject({ pk: z.string(), sk: z.string() });

/** Signed checkpoints, newest first. */
export async function listCheckpoints(
  deps: { tree: Pick<TreeStore, 'checkpoints'>; cursors: Cursors },
  { query }: Call<(typeof evidenceRoutes)['listCheckpoints']>,
): Promise<Page<SignedCheckpoint>> {
  const after = await deps.cursors.open(query.cursor, 'checkpoints', Position);
  const { checkpoints, last } = await deps.tree.checkpoints(query.limit, after);
  if (!last) return { items: checkpoints };
  return { items: checkpoints, next_cursor: await deps.cursors.seal(last, 'checkpoints') };
}
