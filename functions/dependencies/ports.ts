import type { Change, Commit } from '../shared/commit.ts';
import type { Write } from '../shared/dynamo.ts';
import type { ProblemCode } from '../shared/errors.ts';
import type { Cursors } from '../shared/page.ts';
import type { Blocker, Task } from '../workload/contract.ts';
import type { Resources } from './resource-store.ts';
import type { Store } from './store.ts';
import type { InboxPort } from '../approvals/contract.ts';

/** What this slice asks of the workload slice. */
export type Tasks = {
  /** In the order of the ids. */
  tasks: (ids: readonly string[]) => Promise<(Task | undefined)[]>;
  /** Member of a transaction that is refused when the task is not any more as it was read. */
  unchanged: (task: Task) => Write;
  blocked: (
    task: Task,
    blocker: Blocker,
    now: Date,
  ) => { kind: 'blocked'; change: Change } | { kind: 'refuse'; why: ProblemCode; detail: string };
  unblocked: (task: Task, dependencyId: string, now: Date) => Change;
};

/** What this slice asks of the directory. */
export type Directory = {
  /** A domain with its orchestrator, where it has one; undefined where there is no such domain. */
  domain: (id: string) => Promise<{ orchestrator?: string | undefined } | undefined>;
};

/** What the operations stand on. */
export type Deps = {
  store: Store;
  resources: Resources;
  tasks: Tasks;
  inbox: InboxPort;
  directory: Directory;
  commit: Commit;
};
export type ApiDeps = Deps & { cursors: Cursors };
