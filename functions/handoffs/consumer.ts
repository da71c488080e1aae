import { consume, type Delivery, on } from '../shared/consume.ts';
import { ClockEnv, readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { clocksOf, type Workflow, workflowOf } from '../shared/workflow.ts';
import {
  handoffAccepted,
  handoffClosed,
  handoffExpired,
  handoffOffered,
  handoffOpened,
  handoffQuestionAsked,
  handoffRefused,
  handoffWithdrawn,
} from './contract.ts';
import { handoffsStore } from './store.ts';

/** The slice's consumer on a given core. */
export const handoffsConsumer = (core: Core, workflow: Workflow) => {
  const clocks = clocksOf(workflow, handoffsStore(core.state), 'handoff_id');
  const wake = ({ data }: { data: { handoff_id: string } }, delivery: Delivery) =>
    clocks.wake(data.handoff_id, delivery);
  return consume(
    'handoffs',
    [
      on(handoffOpened, ({ data }, delivery) => clocks.start(data.handoff_id, delivery)),
      on(handoffOffered, wake),
      on(handoffAccepted, wake),
      on(handoffQuestionAsked, wake),
      on(handoffRefused, wake),
      on(handoffWithdrawn, wake),
      on(handoffExpired, wake),
      on(handoffClosed, wake),
    ],
    core,
  );
};

const env = readEnv(ClockEnv);
export const handler = handoffsConsumer(coreFrom(env), workflowOf(env.CLOCK_WORKFLOW_ARN));
