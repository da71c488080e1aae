import { directoryStore } from '../directory/questions.ts';
import { CommitEnv, readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { clockDeps } from './clock-deps.ts';
import { awaitEnd, moveUp, remindLevel, tellLevel } from './operations/keep-clock.ts';
import { workflowOf } from '../shared/workflow.ts';
import { type ClockState, Step } from './workflow-contract.ts';

/** The steps of an escalation's workflow on a given core. */
export const approvalsSteps = (core: Core, workflow = workflowOf()) => {
  const deps = clockDeps(core, directoryStore(core.state), workflow);
  return observed<unknown, ClockState | undefined>(async (event) => {
    const step = Step.parse(event);
    count('EscalationSteps', 1);
    logger.info('step', { step: step.step, escalation_id: step.escalation_id });
    switch (step.step) {
      case 'begin':
        return tellLevel(deps, step.escalation_id, step.traceparent);
      case 'wait':
        await awaitEnd(deps, step.escalation_id, step.token);
        return undefined;
      case 'remind':
        return remindLevel(deps, step.escalation_id, step.round, step.traceparent);
      case 'move_up':
        return moveUp(deps, step.escalation_id, step.round, step.traceparent);
    }
  });
};

export const handler = approvalsSteps(coreFrom(readEnv(CommitEnv)));
