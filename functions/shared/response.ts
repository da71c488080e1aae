import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { Problem, throttles } from './errors.ts';
import { logger, metrics } from './telemetry.ts';
import type { Trace } from './trace.ts';

/** An HTTP answer as API Gateway takes it. */
export type Answer = { statusCode: number; headers: Record<string, string>; body: string };

/** An answer that is not JSON. */
export type TextBody = { kind: 'text'; contentType: string; text: string; headers?: Record<string, string> };

export const isText = (reply: unknown): reply is TextBody =>
  typeof reply === 'object' && reply !== null && (reply as TextBody).kind === 'text' && 'contentType' in reply;

/** A Problem as it was meant; anything else is ours: logged once in full, told to the caller as 500 without detail. */
export function problemAnswer(error: unknown, requestId: string): Answer {
  const problem = error instanceof Problem ? error : unexpected(error);
  return {
    statusCode: problem.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...problem.headers },
    body: JSON.stringify(problem.document(`urn:orchestra:request:${requestId}`)),
  };
}

function unexpected(error: unknown): Problem {
  if (throttles.has((error as Error).name)) {
    return new Problem('Overloaded', 'The store is slowing us down; try again.', { headers: { 'retry-after': '1' } });
  }
  logger.error('unhandled error', error as Error);
  metrics.addMetric('UnhandledErrors', MetricUnit.Count, 1);
  return new Problem('InternalError', 'The failure was recorded; quote the instance when you report it.');
}

/** What a caller may use up in a window, and what is left to it; times in seconds. */
export type RatePolicy = {
  name: string;
  limit: number;
  remaining: number;
  windowSeconds: number;
  resetSeconds: number;
};

/** Headers of the RateLimit draft: the policies, and what is left of each. */
export const rateHeaders = (policies: readonly RatePolicy[]): Record<string, string> => ({
  'ratelimit-policy': policies
    .map(({ name, limit, windowSeconds }) => `"${name}";q=${limit};w=${windowSeconds}`)
    .join(', '),
  ratelimit: policies
    .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
    .join(', '),
});

/** What an answer tells of limits: the request rate, what the operation adds, and when to try again. */
export type Told = { policies: readonly RatePolicy[]; retryAfterSeconds?: number | undefined };

export const toldHeaders = ({ policies, retryAfterSeconds }: Told): Record<string, string> => ({
  ...(policies.length > 0 ? rateHeaders(policies) : {}),
  ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
});

type Observed = {
  answer: Answer;
  trace: Trace;
  route: string;
  method: string;
  principal: string;
  milliseconds: number;
};

/** One log line and the metrics of a request. */
export function observe({ answer, trace, route, method, principal, milliseconds }: Observed): void {
  const status = answer.statusCode;
  logger.info('request', {
    route,
    method,
    principal,
    status,
    trace_id: trace.traceId,
    duration_ms: Math.round(milliseconds * 10) / 10,
  });
  metrics.addDimension('route', route);
  metrics.addMetric('Requests', MetricUnit.Count, 1);
  metrics.addMetric('Latency', MetricUnit.Milliseconds, milliseconds);
  if (status === 401 || status === 403) metrics.addMetric('Refusals', MetricUnit.Count, 1);
  if (status === 429) metrics.addMetric('RateLimited', MetricUnit.Count, 1);
  if (status >= 500) metrics.addMetric('ServerErrors', MetricUnit.Count, 1);
}
