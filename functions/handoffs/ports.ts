import type { Change, Commit } from '../shared/commit.ts';
import type { Clock } from '../shared/clock.ts';
import type { Write } from '../shared/dynamo.ts';
import type { ProblemCode } from '../shared/errors.ts';
import type { Standing, Status } from '../shared/principal.ts';
import type { Lease, Task, Registered } from '../workload/contract.ts';
import type { Store } from './store.ts';
import type { Officers } from '../shared/officers.ts';
import type { InboxPort } from '../approvals/contract.ts';

/** What this slice asks of the directory. */
export type Directory = Pick<Officers, 'orchestratorOf' | 'enterpriseOrchestrators'> & {
  team: (id: string) => Promise<{ id: string; domain: string; status: Status } | undefined>;
  /** An agent, whatever its status. */
  agent: (id: string) => Promise<Registered | undefined>;
  /** Those of the principals that are active, and so is what is above them. */
  standing: (ids: readonly string[]) => Promise<ReadonlyMap<string, Standing>>;
  /** Holds as long as a principal is active itself. */
  active: (id: string) => Write;
};

type Recipient = { domain: string; team: string; assignee: string | null };
export type Held = { task: Task; lease: Lease | undefined };
type MaybeHeld = { task: Task | undefined; lease: Lease | undefined };

/** What this slice asks of the workload; changes belong into its own transactions. */
export type Tasks = {
  tasks: (ids: readonly string[]) => Promise<(Task | undefined)[]>;
  held: (ids: readonly string[]) => Promise<MaybeHeld[]>;
  bound: (
    task: Task,
    handoffId: string,
    now: Date,
  ) => { kind: 'bound'; change: Change } | { kind: 'refuse'; why: ProblemCode; detail: string };
  unbound: (task: Task, handoffId: string, now: Date) => Change;
  transferred: (held: Held, to: Recipient, handoffId: string, now: Date) => Change;
  hasLoad: (agent: string) => Promise<boolean>;
  newLoad: (agent: Registered) => Write;
};

/** What the clock of a handoff stands on; the operations of the API, too. */
export type Deps = { store: Store; directory: Directory; tasks: Tasks; inbox: InboxPort; commit: Commit; now: Clock };
