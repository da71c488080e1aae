import type { ApprovalRequest, Granted } from '../authority/contract.ts';
import type { Change } from '../shared/commit.ts';
import type { Table } from '../shared/dynamo.ts';
import type { Actor } from '../shared/principal.ts';
import { opening } from './changes.ts';
import { delegationStore } from './delegation-store.ts';
import { effective } from './delegation-model.ts';
import { approvalOf } from './messages.ts';
import { opened } from './model.ts';
import { approvalsStore } from './store.ts';

/** What the authority slice asks of this one: to open an escalation with its decision, and whether it was approved. */
export const approvalsOf = (table: Table) => {
  const store = approvalsStore(table);
  const delegations = delegationStore(table);
  return {
    open: (request: ApprovalRequest): Change =>
      opening(opened(request), request.decision.reasons[0]?.detail ?? '', request.decision.proposal.related_tasks),
    of: async (escalationId: string): Promise<Granted | undefined> => {
      const escalation = await store.escalation(escalationId);
      if (!escalation) return undefined;
      const alone = escalation.break_glass_id;
      const approvers = alone === null ? escalation.approvers : [alone];
      return { ...approvalOf(escalation), digest: escalation.request_digest, approvers };
    },
    chainOf: async (
      delegationId: string,
      actor: Actor,
      type: string,
      now: Date,
    ): Promise<readonly string[] | undefined> => {
      const chain = await delegations.chain(delegationId);
      if (chain?.links.at(-1)?.to !== actor.id) return undefined;
      const given = effective(chain.links, chain.active, now);
      return given?.types.includes(type) ? given.path : undefined;
    },
  };
};
