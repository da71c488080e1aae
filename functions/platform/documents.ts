import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import asyncapi from '../../docs/asyncapi.json' with { type: 'json' };
import openapi from '../../docs/openapi.json' with { type: 'json' };
import { Problem } from '../shared/errors.ts';
import { headersOf } from '../shared/request.ts';
import { type Answer, observe, problemAnswer } from '../shared/response.ts';
import { observed } from '../shared/telemetry.ts';
import { continueTrace } from '../shared/trace.ts';

const documents = new Map([
  ['/v1/openapi.json', { route: 'getOpenApi', body: JSON.stringify(openapi) }],
  ['/v1/asyncapi.json', { route: 'getAsyncApi', body: JSON.stringify(asyncapi) }],
]);

/** Serves the generated API documents: public, the same for everyone, cacheable. */
export const handler = observed<APIGatewayProxyEvent, APIGatewayProxyResult>(async (event) => {
  const began = performance.now();
  const trace = continueTrace(headersOf(event)('traceparent'));
  const found = documents.get(event.path);
  const answer = found ? served(found.body) : absent(event);
  const seen = { route: found?.route ?? 'none', method: event.httpMethod, principal: 'none' };
  observe({ answer, trace, ...seen, milliseconds: performance.now() - began });
  return { ...answer, headers: { ...answer.headers, traceparent: trace.traceparent } };
});

const served = (body: string): Answer => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' },
  body,
});

const absent = ({ path, requestContext }: APIGatewayProxyEvent): Answer =>
  problemAnswer(new Problem('RouteNotFound', `There is no route ${path}.`), requestContext.requestId);
