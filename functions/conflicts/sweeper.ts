import { inboxPort } from '../approvals/inbox-port.ts';
import { levelPort } from '../authority/level-port.ts';
import { directoryStore } from '../directory/questions.ts';
import { ClockEnv, readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { type Workflow, workflowOf } from '../shared/workflow.ts';
import { clockDeps } from './clock-deps.ts';
import { rescueConflicts } from './operations/rescue-conflicts.ts';
import { officersFrom } from '../shared/officers.ts';

/** Finds the conflicts whose clock has stopped, on a given core. */
export const conflictsSweeper = (core: Core, workflow: Workflow) => {
  const { state } = core;
  const officers = officersFrom(directoryStore(state));
  const authority = { levelOf: levelPort(state) };
  const deps = { ...clockDeps(core, { officers, authority, inbox: inboxPort(state), workflow }), workflow };
  return observed<unknown, { rescued: number }>(async () => {
    const rescued = await rescueConflicts(deps, core.now());
    count('ConflictsRescued', rescued.length);
    logger.info('swept', { rescued });
    return { rescued: rescued.length };
  });
};

const env = readEnv(ClockEnv);
export const handler = conflictsSweeper(coreFrom(env), workflowOf(env.CLOCK_WORKFLOW_ARN));
