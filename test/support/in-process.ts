import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { scopes } from '../../functions/shared/contract.ts';
import { readEnv } from '../../functions/shared/env.ts';
import { coreFrom, type Runtime, runtimeFrom } from '../../functions/shared/runtime.ts';
import type { Clock } from '../../functions/shared/clock.ts';
import { identityOf, world } from './world.ts';

/** A call of the SDK, as a fault sees it: its name, and how many there were before it. */
export type Call = { command: string; nth: number };
export type Fault = {
  before?: (call: Call) => Error | undefined;
  /** The service has done the work, and the caller never hears of it. */
  after?: (call: Call) => Error | undefined;
};

/** What the process would not survive; nothing in the product catches it by name. */
export class Crash extends Error {
  override name = 'Crash';
}

/** A DynamoDB client of the local cloud that fails as told, and the calls that it was given. */
export function faultyClient(fault: Fault): { client: DynamoDBClient; calls: Call[] } {
  world();
  const client = new DynamoDBClient({ maxAttempts: 1 });
  const calls: Call[] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const call = { command: context.commandName ?? 'unknown', nth: calls.length };
      calls.push(call);
      const before = fault.before?.(call);
      if (before) throw before;
      const result = await next(args);
      const after = fault.after?.(call);
      if (after) throw after;
      return result;
    },
    { step: 'initialize', name: 'fault' },
  );
  return { client, calls };
}

const environments = new Map<string, Promise<Record<string, string>>>();

/** The environment that the deployment gave a function, put in place for importing its code here. */
export function environmentOf(functionName: string): Promise<Record<string, string>> {
  world();
  const known = environments.get(functionName);
  if (known) return known;
  const fresh = new LambdaClient({})
    .send(new GetFunctionConfigurationCommand({ FunctionName: functionName }))
    .then((reply) => {
      const variables = reply.Environment?.Variables ?? {};
      // Logs of the code under test would drown those of the tests.
      const quiet = { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' };
      Object.assign(process.env, variables, quiet);
      return variables;
    });
  environments.set(functionName, fresh);
  return fresh;
}

type Handler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

/** The authority slice in this process, on the deployed tables. */
export async function authorityHere(given: { client?: DynamoDBClient; now?: Clock } = {}): Promise<Handler> {
  const variables = await environmentOf('orchestra-local-authority-api');
  const [{ authorityApi }, { AuthorityApiEnv }] = await Promise.all([
    import('../../functions/authority/api.ts'),
    import('../../functions/authority/env.ts'),
  ]);
  const env = readEnv(AuthorityApiEnv, variables);
  const runtime: Runtime = runtimeFrom(env, coreFrom(env, given.client, given.now));
  return authorityApi(env, runtime);
}

/** The event that API Gateway would send, for a principal whose token was verified. */
export function anEvent(
  method: string,
  path: string,
  given: {
    as: string;
    runtime?: string;
    body?: unknown;
    idempotencyKey?: string;
    headers?: Record<string, string>;
  },
): APIGatewayProxyEvent {
  const { as, runtime = 'product-runtime', body, idempotencyKey = randomUUID(), headers } = given;
  return {
    httpMethod: method,
    path: `/v1${path}`,
    headers: {
      'orchestra-principal': as,
      'content-type': 'application/json',
      ...(method === 'POST' ? { 'idempotency-key': `"${idempotencyKey}"` } : {}),
      ...headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
    isBase64Encoded: false,
    queryStringParameters: null,
    requestContext: {
      requestId: randomUUID(),
      authorizer: {
        ...identityOf(runtime),
        scopes: scopes.map((scope) => `orchestra/${scope}`).join(' '),
        expires_at: String(Math.floor(Date.now() / 1000) + 3600),
      },
    },
  } as unknown as APIGatewayProxyEvent;
}

export const lambdaContext = { functionName: 'here', awsRequestId: 'here', memoryLimitInMB: '128' } as Context;
