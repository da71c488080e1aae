import type { Cursors } from '../shared/page.ts';
import type { Bindings } from '../shared/serve.ts';
import type { evidenceRoutes } from './evidence-contract.ts';
import { listCheckpoints } from './operations/list-checkpoints.ts';
import { proveConsistency } from './operations/prove-consistency.ts';
import { proveEntry } from './operations/prove-entry.ts';
import { readLog } from './operations/read-log.ts';
import type { Holds, Ledger } from './store.ts';
import type { TreeStore } from './store-tree.ts';

type Deps = { ledger: Ledger; holds: Holds; tree: TreeStore; cursors: Cursors; domains: () => Promise<string[]> };

/** The routes of the Merkle log, bound to their operations. */
export const evidenceBindings = (deps: Deps): Bindings<typeof evidenceRoutes> => ({
  proveEntry: (call) => proveEntry(deps, call),
  listCheckpoints: (call) => listCheckpoints(deps, call),
  proveConsistency: (call) => proveConsistency(deps, call),
  readLog: (call) => readLog(deps, call),
  listCheckpointKeys: async () => ({ items: await deps.tree.publicKeys() }),
});
