import type { Runtime } from '../shared/runtime.ts';
import type { Call } from '../shared/serve.ts';
import type { routes } from './contract.ts';
import type { Presences } from './presence-store.ts';
import type { Directory } from './questions.ts';

/** What the operations of the slice stand on. `provisioned` are the domains that have an event bus. */
export type Deps = Pick<Runtime, 'commit' | 'cursors' | 'state'> & {
  directory: Directory;
  presences: Presences;
  provisioned: readonly string[];
  heartbeatSeconds: number;
};

export type Asked<N extends keyof typeof routes> = Call<(typeof routes)[N]>;
