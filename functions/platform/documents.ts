import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import asyncapi from '../../docs/asyncapi.json' with { type: 'json' };
import openapi from '../../docs/openapi.json' with { type: 'json' };
import { Problem } from '../shared/errors.ts';
import { problemAnswer } from '../shared/response.ts';

const documents: Record<string, string> = {
  '/v1/openapi.json': JSON.stringify(openapi),
  '/v1/asyncapi.json': JSON.stringify(asyncapi),
};

/** Serves the generated API documents: public, the same for everyone, cacheable. */
export const handler = async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
  const body = documents[event.path];
  if (body === undefined) {
    return problemAnswer(
      new Problem('RouteNotFound', `There is no route ${event.path}.`),
      event.requestContext.requestId,
    );
  }
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' },
    body,
  };
};
