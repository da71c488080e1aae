import { agentStatusChanged } from '../directory/contract.ts';
import { consume, type Delivery, on } from '../shared/consume.ts';
import { readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import {
  escalationApproved,
  escalationCancelled,
  escalationOpened,
  escalationRejected,
  escalationReturned,
  escalationTimedOut,
} from './contract.ts';
import { ApprovalsConsumerEnv } from './env.ts';
import { cancelEscalations } from './operations/cancel-escalations.ts';
import { approvalsStore } from './store.ts';
import { type Workflow, workflowOf } from '../shared/workflow.ts';

/** The slice's consumer on a given core. */
export const approvalsConsumer = (core: Core, workflow: Workflow) => {
  const deps = { store: approvalsStore(core.state), commit: core.commit };
  const wake = async ({ data }: { data: { escalation_id: string } }, delivery: Delivery): Promise<void> => {
    const token = await deps.store.token(data.escalation_id);
    // Where no token was left, none is waited with; a workflow that leaves one later sees the end itself.
    if (token !== undefined) await workflow.answer(token);
    await delivery.commit({ writes: [], entries: [] });
  };
  return consume(
    'approvals',
    [
      on(agentStatusChanged, async ({ data }, delivery) => {
        if (data.to === 'retired') await cancelEscalations(deps, data.agent_id, data.domain, delivery);
      }),
      on(escalationOpened, async ({ data }, delivery) => {
        // Named by the escalation: however often this is delivered, one execution keeps the clock.
        const { escalation_id } = data;
        await workflow.start(escalation_id, { escalation_id, traceparent: delivery.trace.traceparent });
        await delivery.commit({ writes: [], entries: [] });
      }),
      on(escalationApproved, wake),
      on(escalationRejected, wake),
      on(escalationReturned, wake),
      on(escalationTimedOut, wake),
      on(escalationCancelled, wake),
    ],
    core,
  );
};

const env = readEnv(ApprovalsConsumerEnv);
export const handler = approvalsConsumer(coreFrom(env), workflowOf(env.ESCALATION_WORKFLOW_ARN));
