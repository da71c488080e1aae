import { inboxPort } from '../approvals/inbox-port.ts';
import { levelPort } from '../authority/level-port.ts';
import { directoryStore } from '../directory/questions.ts';
import { CommitEnv, readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { workflowOf } from '../shared/workflow.ts';
import { clockDeps } from './clock-deps.ts';
import { awaitTurn, begin, look, passTurn, remindLevel } from './operations/keep-clock.ts';
import { type ClockState, Step } from './workflow-contract.ts';
import { officersFrom } from '../shared/officers.ts';

/** The steps of a conflict's workflow on a given core. */
export const conflictsSteps = (core: Core, workflow = workflowOf()) => {
  const { state } = core;
  const officers = officersFrom(directoryStore(state));
  const authority = { levelOf: levelPort(state) };
  const deps = clockDeps(core, { officers, authority, inbox: inboxPort(state), workflow });
  return observed<unknown, ClockState | undefined>(async (event) => {
    const step = Step.parse(event);
    count('ConflictSteps', 1);
    logger.info('step', { step: step.step, conflict_id: step.conflict_id });
    switch (step.step) {
      case 'begin':
        return begin(deps, step.conflict_id, step.traceparent);
      case 'look':
        return look(deps, step.conflict_id);
      case 'wait':
        await awaitTurn(deps, step.conflict_id, step.turn, step.token);
        return undefined;
      case 'remind':
        return remindLevel(deps, step.conflict_id, step.turn, step.traceparent);
      case 'pass':
        return passTurn(deps, step.conflict_id, step.turn, step.traceparent);
    }
  });
};

export const handler = conflictsSteps(coreFrom(readEnv(CommitEnv)));
