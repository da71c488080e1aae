import type { MessageDraft } from '../approvals/contract.ts';
import type { Skill } from '../directory/contract.ts';
import type { Change, Commit } from '../shared/commit.ts';
import type { Clock } from '../shared/clock.ts';
import type { Write } from '../shared/dynamo.ts';
import type { ProblemCode } from '../shared/errors.ts';
import type { Standing, Status } from '../shared/principal.ts';
import type { Lease, Task } from '../workload/contract.ts';
import type { Store } from './store.ts';

type Registered = { id: string; domain: string; team: string; skills: Skill[]; capacity: number; status: Status };

/** What this slice asks of the directory. */
export type Directory = {
  team: (id: string) => Promise<{ id: string; domain: string; status: Status } | undefined>;
  /** An agent, whatever its status. */
  agent: (id: string) => Promise<Registered | undefined>;
  orchestratorOf: (domain: string) => Promise<string | undefined>;
  /** Active orchestrators of the enterprise. */
  enterpriseOrchestrators: () => Promise<readonly string[]>;
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

/** What this slice asks of inboxes. */
export type Inbox = { deliver: (drafts: readonly MessageDraft[], domain: string, now: Date) => Change };

/** What the clock of a handoff stands on; the operations of the API, too. */
export type Deps = { store: Store; directory: Directory; tasks: Tasks; inbox: Inbox; commit: Commit; now: Clock };
