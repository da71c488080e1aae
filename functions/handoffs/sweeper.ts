import { inboxPort } from '../approvals/inbox-port.ts';
import { directoryStore } from '../directory/questions.ts';
import { ClockEnv, readEnv } from '../shared/env.ts';
import { coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { workflowOf } from '../shared/workflow.ts';
import { workloadPort } from '../workload/port.ts';
import { rescueHandoffs } from './operations/rescue-handoffs.ts';
import { depsOf } from './wiring.ts';

const env = readEnv(ClockEnv);
const core = coreFrom(env);
const { state } = core;
const given = { records: directoryStore(state), tasks: workloadPort(core), inbox: inboxPort(state) };
const deps = { ...depsOf(core, given), workflow: workflowOf(env.CLOCK_WORKFLOW_ARN) };

/** Runs on a schedule: finds the handoffs whose clock has stopped. */
export const handler = observed<unknown, { rescued: number }>(async () => {
  const rescued = await rescueHandoffs(deps, core.now());
  count('HandoffsRescued', rescued.length);
  logger.info('swept', { rescued });
  return { rescued: rescued.length };
});
