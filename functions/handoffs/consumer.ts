import { consume, type Delivery, on } from '../shared/consume.ts';
import { readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { type Workflow, workflowOf } from '../shared/workflow.ts';
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
import { HandoffsConsumerEnv } from './env.ts';
import { handoffsStore } from './store.ts';

/** The slice's consumer on a given core. */
export const handoffsConsumer = (core: Core, workflow: Workflow) => {
  const store = handoffsStore(core.state);
  const wake = async ({ data }: { data: { handoff_id: string } }, delivery: Delivery): Promise<void> => {
    const token = await store.token(data.handoff_id);
    // Where no token was left, none is waited with; a workflow that leaves one later looks first what is next.
    if (token !== undefined) await workflow.answer(token);
    await delivery.commit({ writes: [], entries: [] });
  };
  return consume(
    'handoffs',
    [
      on(handoffOpened, async ({ data }, delivery) => {
        // Named by the handoff: however often this is delivered, one execution keeps the clock.
        const { handoff_id } = data;
        await workflow.start(handoff_id, { handoff_id, traceparent: delivery.trace.traceparent });
        await delivery.commit({ writes: [], entries: [] });
      }),
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

const env = readEnv(HandoffsConsumerEnv);
export const handler = handoffsConsumer(coreFrom(env), workflowOf(env.HANDOFF_WORKFLOW_ARN));
