import { directoryStore } from '../directory/questions.ts';
import { ClockEnv, readEnv } from '../shared/env.ts';
import { coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { breakGlassStore } from './break-glass-store.ts';
import { clockDeps } from './clock-deps.ts';
import { rescueEscalations } from './operations/rescue-escalations.ts';
import { tellOfReviews } from './operations/tell-of-reviews.ts';
import { workflowOf } from '../shared/workflow.ts';

const env = readEnv(ClockEnv);
const core = coreFrom(env);
const workflow = workflowOf(env.CLOCK_WORKFLOW_ARN);
const deps = {
  ...clockDeps(core, directoryStore(core.state), workflow),
  workflow,
  reviews: breakGlassStore(core.state),
};

/** Runs on a schedule: finds the escalations whose clock has stopped, and the reviews that are overdue. */
export const handler = observed<unknown, { rescued: number; told: number }>(async () => {
  const rescued = await rescueEscalations(deps, core.now());
  const told = await tellOfReviews(deps, core.now());
  count('EscalationsRescued', rescued.length);
  logger.info('swept', { rescued, told });
  return { rescued: rescued.length, told };
});
