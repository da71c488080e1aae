import { inboxPort } from '../approvals/inbox-port.ts';
import { directoryStore } from '../directory/questions.ts';
import { CommitEnv, readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { workflowOf } from '../shared/workflow.ts';
import { workloadPort } from '../workload/port.ts';
import { awaitChange, look, tick } from './operations/keep-clock.ts';
import { depsOf } from './wiring.ts';
import { type ClockState, Step } from './workflow-contract.ts';

/** The steps of a handoff's workflow on a given core. */
export const handoffsSteps = (core: Core, workflow = workflowOf()) => {
  const { state } = core;
  const given = { records: directoryStore(state), tasks: workloadPort(core), inbox: inboxPort(state) };
  const deps = { ...depsOf(core, given), workflow };
  return observed<unknown, ClockState | undefined>(async (event) => {
    const step = Step.parse(event);
    const { handoff_id: id } = step;
    count('HandoffSteps', 1);
    logger.info('step', { step: step.step, handoff_id: id });
    switch (step.step) {
      case 'look':
        return look(deps, id);
      case 'wait':
        await awaitChange(deps, id, step, step.token);
        return undefined;
      case 'tick':
        return tick(deps, id, step, step.traceparent);
    }
  });
};

export const handler = handoffsSteps(coreFrom(readEnv(CommitEnv)));
