import { type OfficerRecords, officersFrom } from '../shared/officers.ts';
import type { Core } from '../shared/runtime.ts';
import { delegationStore } from './delegation-store.ts';
import { inboxStore } from './inbox-store.ts';
import type { ClockDeps } from './operations/keep-clock.ts';
import { approvalsStore } from './store.ts';
import type { Workflow } from '../shared/workflow.ts';

/** What keeps the clocks of escalations stands on. */
export const clockDeps = (core: Core, records: OfficerRecords, workflow: Workflow): ClockDeps => ({
  store: approvalsStore(core.state),
  inboxes: inboxStore(core.state),
  delegations: delegationStore(core.state),
  officers: officersFrom(records),
  workflow,
  commit: core.commit,
  now: core.now,
});
