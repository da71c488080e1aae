import type { Core } from '../shared/runtime.ts';
import { keysFor, reserve } from './reserving.ts';
import { expire, settle } from './settling.ts';
import { limitsStore } from './store.ts';

/** What other slices do with limits, wired in their entry files. */
export function limitsPort({ state, commit }: Pick<Core, 'state' | 'commit'>) {
  const ports = { store: limitsStore(state), commit };
  return {
    keysFor,
    reserve: (...[asked, loaded]: [Parameters<typeof reserve>[1], Parameters<typeof reserve>[2]?]) =>
      reserve(ports, asked, loaded),
    settle: (...[outcome, loaded]: [Parameters<typeof settle>[1], Parameters<typeof settle>[2]?]) =>
      settle(ports, outcome, loaded),
    expire: (reservation: Parameters<typeof expire>[1]) => expire(ports, reservation),
  };
}
