import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { readEnv } from '../shared/env.ts';
import { admissionKeys } from '../shared/principal.ts';
import { recordRefusal } from '../shared/refusal.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { logger } from '../shared/telemetry.ts';
import { continueTrace } from '../shared/trace.ts';
import { AuthorizerEnv, type TrustedIssuer } from './env.ts';
import { type KeysOf, type Rejected, remoteKeys, type Verified, verifyToken } from './token.ts';

type Header = (name: string) => string | undefined;

/**
 * Authentication, and nothing else: the answer is cached, so it may say who called but not whether they may still act.
 * Status, containment, binding and scope are judged by `serve`, on fresh records, at every request.
 */
export const authorizer =
  (core: Core, issuers: readonly TrustedIssuer[], keysOf: KeysOf) =>
  async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const headers = Object.entries(event.headers ?? {});
    const header: Header = (name) => headers.find(([key]) => key.toLowerCase() === name)?.[1];
    const now = core.now();
    const token = await verifyToken(header('authorization'), issuers, keysOf, now);
    if (token.kind === 'rejected') return refused(core, event, header, token, now);
    return allowed(core, event, header('orchestra-principal')?.trim() ?? '', token);
  };

async function refused(
  core: Core,
  event: APIGatewayRequestAuthorizerEvent,
  header: Header,
  { code }: Rejected,
  now: Date,
): Promise<APIGatewayAuthorizerResult> {
  logger.warn('token refused', { code });
  const { httpMethod: method, path, requestContext } = event;
  const sourceIp = requestContext.identity?.sourceIp;
  // Nothing in an unverified request is believed, least of all the name that it gives itself.
  const refusal = { code, principal: 'anonymous', domain: 'enterprise', method, path: path.slice(0, 512), sourceIp };
  await recordRefusal(core, refusal, continueTrace(header('traceparent')), now);
  // A failure of the issuer says nothing about the token: an error is not cached, a Deny would be.
  if (code === 'IssuerUnavailable') throw new Error('the keys of the issuer could not be read');
  return result('Deny', 'anonymous', event.methodArn, { problem: code });
}

/** The home of the principal goes along as a hint that saves a read; `serve` checks it against the fresh record. */
async function allowed(
  core: Core,
  event: APIGatewayRequestAuthorizerEvent,
  principal: string,
  token: Verified,
): Promise<APIGatewayAuthorizerResult> {
  const [stored] = principal === '' ? [] : await core.state.getMany([admissionKeys.principal(principal)]);
  return result('Allow', token.clientId, event.methodArn, {
    client_id: token.clientId,
    scopes: token.scopes,
    expires_at: String(token.expiresAt),
    ...(typeof stored?.domain === 'string' ? { domain: stored.domain } : {}),
    ...(typeof stored?.team === 'string' ? { team: stored.team } : {}),
  });
}

/** Speaks for every method of the stage, because API Gateway reuses the answer for all of them. */
function result(
  effect: 'Allow' | 'Deny',
  principalId: string,
  methodArn: string,
  context: Record<string, string>,
): APIGatewayAuthorizerResult {
  const [api, stage] = methodArn.split('/');
  const statement = { Action: 'execute-api:Invoke', Effect: effect, Resource: `${api}/${stage}/*` };
  return { principalId, policyDocument: { Version: '2012-10-17', Statement: [statement] }, context };
}

const env = readEnv(AuthorizerEnv);
export const handler = middy<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>()
  .use(injectLambdaContext(logger))
  .handler(authorizer(coreFrom(env), env.TRUSTED_ISSUERS, remoteKeys()));
