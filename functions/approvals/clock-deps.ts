import type { Core } from '../shared/runtime.ts';
import type { Directory } from './deciders.ts';
import { delegationStore } from './delegation-store.ts';
import { inboxStore } from './inbox-store.ts';
import type { ClockDeps } from './operations/keep-clock.ts';
import { approvalsStore } from './store.ts';
import type { Workflow } from '../shared/workflow.ts';

type Officers = { items: { id: string; kind: string; roles?: readonly string[] }[] };

/** The directory as its own slice answers. */
type Records = {
  domain: (id: string) => Promise<{ orchestrator?: string | undefined } | undefined>;
  officers: (filter: { kind: string; status: 'active' }, from: undefined, limit: number) => Promise<Officers>;
};

/** Officers of an organisation: some tens, and above the teams. */
const mostOfficers = 200;

/** Who decides at each level, from the directory as its own slice answers. */
export const directoryFrom = (records: Records): Directory => {
  const active = async (kind: string) =>
    (await records.officers({ kind, status: 'active' }, undefined, mostOfficers)).items;
  return {
    orchestratorOf: async (domain) => (await records.domain(domain))?.orchestrator,
    enterpriseOrchestrators: async () => (await active('enterprise_orchestrator')).map(({ id }) => id),
    board: async () =>
      (await active('human')).filter(({ roles }) => roles?.includes('board_member')).map(({ id }) => id),
  };
};

/** What keeps the clocks of escalations stands on. */
export const clockDeps = (core: Core, records: Records, workflow: Workflow): ClockDeps => ({
  store: approvalsStore(core.state),
  inboxes: inboxStore(core.state),
  delegations: delegationStore(core.state),
  directory: directoryFrom(records),
  workflow,
  commit: core.commit,
  now: core.now,
});
