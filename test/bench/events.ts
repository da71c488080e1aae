import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { scopes } from '../../functions/shared/contract.ts';
import { clientId, type Home, reasoned, summary } from './population.ts';

/** Handler of an API function. */
export type ApiHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

/** A Lambda context, as far as handlers look at it. */
export const lambdaContext = { functionName: 'bench', functionVersion: '1', awsRequestId: 'bench' } as Context;

const hour = 3600;

/** Who asks: an agent, or the operator, who belongs to no domain. */
export type Caller = Home | { id: 'hum_operator' };
export const operator: Caller = { id: 'hum_operator' };

type Call = { method: string; path: string; query?: Record<string, string>; body?: unknown; as: Caller; at?: Date };

/** What API Gateway hands to a function for a call that the authorizer let pass. */
export function apiEvent({ method, path, query, body, as, at = new Date() }: Call): APIGatewayProxyEvent {
  const { id, ...home } = as;
  const authorizer = {
    client_id: clientId,
    subject: clientId,
    scopes: scopes.join(' '),
    expires_at: String(Math.floor(at.getTime() / 1000) + hour),
    ...home,
  };
  const event = {
    httpMethod: method,
    path,
    headers: {
      'content-type': 'application/json',
      'idempotency-key': `"${randomUUID()}"`,
      'orchestra-principal': id,
    },
    queryStringParameters: query ?? null,
    body: body === undefined ? null : JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: { authorizer, requestId: 'bench', identity: { sourceIp: '192.0.2.1' } },
  };
  return event as unknown as APIGatewayProxyEvent;
}

/** An ordinary decision, one that is allowed: it gets a receipt, and three items are written. */
export const proposal = {
  type: 'tactical_approach',
  summary,
  details: reasoned,
  resource: { type: 'service', id: 'checkout-api' },
  estimate: { cost_micro_usd: 200_000, tokens: 20_000 },
};

export const decisionEvent = (as: Home): APIGatewayProxyEvent =>
  apiEvent({ method: 'POST', path: '/v1/decisions', body: proposal, as });

/** Refuses an answer that is not what a figure is about. */
export function mustBe(status: number, { statusCode, body }: APIGatewayProxyResult): APIGatewayProxyResult {
  if (statusCode === status) return { statusCode, body };
  throw new Error(`expected ${status}, got ${statusCode}: ${body}`);
}
