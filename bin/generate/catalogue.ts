import * as approvals from '../../functions/approvals/contract.ts';
import * as audit from '../../functions/audit/contract.ts';
import * as authority from '../../functions/authority/contract.ts';
import * as dependencies from '../../functions/dependencies/contract.ts';
import * as conflicts from '../../functions/conflicts/contract.ts';
import * as directory from '../../functions/directory/contract.ts';
import * as handoffs from '../../functions/handoffs/contract.ts';
import * as limits from '../../functions/limits/contract.ts';
import * as platform from '../../functions/platform/contract.ts';
import * as policies from '../../functions/policies/contract.ts';
import * as workload from '../../functions/workload/contract.ts';
import type { EventType, Routes } from '../../functions/shared/contract.ts';

export type Slice = { name: string; summary: string; routes: Routes; events: EventType[] };

const isEvent = (value: unknown): value is EventType =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  'data' in value &&
  'summary' in value &&
  typeof value.type === 'string' &&
  value.type.startsWith('orchestra.');

/** A slice is what its contract exports: its routes, and every event type among the rest. */
const slice = (name: string, summary: string, contract: { routes: Routes } & Record<string, unknown>): Slice => ({
  name,
  summary,
  routes: contract.routes,
  events: Object.values<unknown>(contract).filter(isEvent),
});

/** Everything that is documented; a new slice is added here. */
export const slices: readonly Slice[] = [
  slice('directory', 'The organization: domains, teams, principals', directory),
  slice('authority', 'Decisions and the authority matrix', authority),
  slice('approvals', 'Escalations, votes, delegations and inboxes', approvals),
  slice('policies', 'Cedar policies and their schema', policies),
  slice('limits', 'Resource limits, and what is left of them', limits),
  slice('workload', 'Tasks: queues, claims with leases, assignment, reviews', workload),
  slice('handoffs', 'Handoffs of tasks between teams', handoffs),
  slice('dependencies', 'What tasks need of each other, and shared resources', dependencies),
  slice('conflicts', 'Conflicts between teams, their resolutions, and what is known from them', conflicts),
  slice('audit', 'The ledger: queries, exports, proofs, legal holds', audit),
  slice('platform', 'Documents of the API itself', platform),
];
