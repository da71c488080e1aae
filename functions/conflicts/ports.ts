import type { Decision } from '../authority/contract.ts';
import type { Level } from '../shared/contract.ts';
import type { Task } from '../workload/contract.ts';

/** What this slice asks of the authority slice. */
export type Authority = {
  /** Level that decides a type by the matrix in force; undefined for one that no row names. */
  levelOf: (type: string) => Promise<Level | undefined>;
};

/** Decisions by id, in their order; undefined for one that is not there. */
export type Decisions = (ids: readonly string[]) => Promise<(Decision | undefined)[]>;

/** Tasks by id, in their order; undefined for one that is not there. */
export type Tasks = (ids: readonly string[]) => Promise<(Task | undefined)[]>;

/** What this slice asks of the directory about parties. */
export type Units = {
  domain: (id: string) => Promise<{ orchestrator?: string | undefined } | undefined>;
  team: (id: string) => Promise<{ domain: string } | undefined>;
};
