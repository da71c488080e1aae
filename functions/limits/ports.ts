import type { Decision } from '../authority/contract.ts';
import type { Write } from '../shared/dynamo.ts';
import type { Runtime } from '../shared/runtime.ts';
import type { Standing } from './change-model.ts';
import type { Scope } from './contract.ts';
import type { Limits } from './store.ts';

/** What the limits slice asks of others. */
export type Deps = Pick<Runtime, 'commit' | 'cursors'> & {
  store: Limits;
  /** A decision, as the authority slice keeps it. */
  decision: (id: string) => Promise<Decision | undefined>;
  /** Member of a transaction that is refused when the decision is not any more as it was read. */
  unchanged: (decision: Decision) => Write;
  /** Where a scope stands in the organization; undefined where there is no such thing. */
  standing: (scope: Scope) => Promise<Standing | undefined>;
};
