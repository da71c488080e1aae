import type { Decision } from '../authority/contract.ts';
import type { LimitsPort } from '../limits/contract.ts';
import type { Item, Key, Table, Write } from '../shared/dynamo.ts';
import type { Runtime } from '../shared/runtime.ts';
import type { Candidates } from './candidate-store.ts';
import type { Supplies } from './capacity-store.ts';
import type { Demands } from './demand-store.ts';
import type { Registered } from './load-model.ts';
import type { Workload } from './store.ts';
import type { InboxPort } from '../approvals/contract.ts';

/** What the workload slice asks of the directory. */
export type Directory = {
  /** Record of a principal; `agent` reads it, where it is one. */
  keyOf: (id: string) => Key;
  agent: (item: Item | undefined) => Registered | undefined;
  teamKey: (id: string) => Key;
  team: (item: Item | undefined) => { id: string; domain: string; status: string } | undefined;
  /** Member of a transaction that is refused unless the principal is active. */
  active: (id: string) => Write;
};

/** What the workload slice asks of the authority slice. */
export type Decisions = {
  keyOf: (id: string) => Key;
  from: (item: Item | undefined) => Decision | undefined;
  unchanged: (decision: Decision) => Write;
};

/** What the operations of the slice stand on. */
export type Deps = Pick<Runtime, 'cursors'> & {
  read: Table['getMany'];
  store: Workload;
  candidates: Candidates;
  demands: Demands;
  supplies: Supplies;
  limits: LimitsPort;
  directory: Directory;
  decisions: Decisions;
  inbox: InboxPort;
  leaseSeconds: number;
};
