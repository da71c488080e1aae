import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import { readEnv } from '../shared/env.ts';
import { coreFrom } from '../shared/runtime.ts';
import { logger, metrics } from '../shared/telemetry.ts';
import { AuthoritySweeperEnv } from './env.ts';
import { raiseMissedOutcomes } from './operations/raise-missed-outcomes.ts';
import { authorityStore } from './store.ts';

const core = coreFrom(readEnv(AuthoritySweeperEnv));
const deps = { store: authorityStore(core.state), commit: core.commit };

/** Runs on a schedule: raises the alert of every decision whose outcome is overdue. */
export const handler = middy()
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .handler(async () => {
    const raised = await raiseMissedOutcomes(deps, core.now());
    metrics.addMetric('MissedOutcomes', MetricUnit.Count, raised);
    logger.info('swept', { raised });
    return { raised };
  });
