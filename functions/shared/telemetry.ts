import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';

/** Structured JSON logs; every line carries the keys appended for the request in hand. */
export const logger = new Logger();

/** CloudWatch metrics by embedded metric format. Dimensions are bounded: service and route, never a principal. */
export const metrics = new Metrics({ namespace: 'EnterpriseOrchestra' });

/** Adds to a counter of the function; zero is written too, so that an alarm can tell "none" from "did not run". */
export const count = (name: string, amount: number): void => void metrics.addMetric(name, MetricUnit.Count, amount);

/** Adds a value in seconds to a metric of the function. */
export const measure = (name: string, seconds: number): void =>
  void metrics.addMetric(name, MetricUnit.Seconds, seconds);

/** Lambda handler with log keys of its invocation, and metrics that are written also when it fails. */
export const observed = <E, R>(handle: (event: E) => Promise<R>) =>
  middy<E, R>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(logMetrics(metrics))
    .handler(handle);
