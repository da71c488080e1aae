import type { Core } from '../shared/runtime.ts';
import type { Workflow } from '../shared/workflow.ts';
import type { ClockDeps } from './operations/keep-clock.ts';
import type { Authority } from './ports.ts';
import { conflictsStore } from './store.ts';
import type { Officers } from '../shared/officers.ts';
import type { InboxPort } from '../approvals/contract.ts';

/** What keeps the clocks of conflicts stands on; the ports are wired in the entries. */
export const clockDeps = (
  core: Core,
  ports: { officers: Officers; authority: Authority; inbox: InboxPort; workflow: Workflow },
): ClockDeps => ({ ...ports, store: conflictsStore(core.state), commit: core.commit, now: core.now });
