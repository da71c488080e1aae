import type { Core } from '../shared/runtime.ts';
import type { Deps } from './ports.ts';
import { resourceStore } from './resource-store.ts';
import { dependencyStore } from './store.ts';

/** What the operations stand on, with the ports that an entry has wired. */
export const depsOf = (
  { state, commit }: Pick<Core, 'state' | 'commit'>,
  ports: Pick<Deps, 'tasks' | 'inbox' | 'directory'>,
): Deps => ({ ...ports, store: dependencyStore(state), resources: resourceStore(state), commit });
