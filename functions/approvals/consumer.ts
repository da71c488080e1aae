import { agentStatusChanged } from '../directory/contract.ts';
import { consume, type Delivery, on } from '../shared/consume.ts';
import { ClockEnv, readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import {
  escalationApproved,
  escalationCancelled,
  escalationOpened,
  escalationRejected,
  escalationReturned,
  escalationTimedOut,
} from './contract.ts';
import { cancelEscalations } from './operations/cancel-escalations.ts';
import { approvalsStore } from './store.ts';
import { clocksOf, type Workflow, workflowOf } from '../shared/workflow.ts';

/** The slice's consumer on a given core. */
export const approvalsConsumer = (core: Core, workflow: Workflow) => {
  const deps = { store: approvalsStore(core.state), commit: core.commit };
  const clocks = clocksOf(workflow, deps.store, 'escalation_id');
  const wake = ({ data }: { data: { escalation_id: string } }, delivery: Delivery) =>
    clocks.wake(data.escalation_id, delivery);
  return consume(
    'approvals',
    [
      on(agentStatusChanged, async ({ data }, delivery) => {
        if (data.to === 'retired') await cancelEscalations(deps, data.agent_id, data.domain, delivery);
      }),
      on(escalationOpened, ({ data }, delivery) => clocks.start(data.escalation_id, delivery)),
      on(escalationApproved, wake),
      on(escalationRejected, wake),
      on(escalationReturned, wake),
      on(escalationTimedOut, wake),
      on(escalationCancelled, wake),
    ],
    core,
  );
};

const env = readEnv(ClockEnv);
export const handler = approvalsConsumer(coreFrom(env), workflowOf(env.CLOCK_WORKFLOW_ARN));
