import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { type Clock, systemClock } from '../shared/clock.ts';
import { type Table, tableOf } from '../shared/dynamo.ts';
import { readEnv } from '../shared/env.ts';
import { admissionKeys } from '../shared/principal.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { AuthorizerEnv, type TrustedIssuer } from './env.ts';
import { type KeysOf, remoteKeys, type Verified, verifyToken } from './token.ts';

/**
 * Authentication, and nothing else: the answer is cached, so it may say who called but not whether they may still act.
 * Status, containment, binding and scope are judged by `serve`, on fresh records, at every request.
 *
 * A token that does not hold is passed on as the problem that it is, without a client: `serve` lets nobody in without
 * one, and can do what a Deny cannot: answer 401 with the exact reason, and enter the refusal in the ledger.
 */
export const authorizer =
  (table: Table, issuers: readonly TrustedIssuer[], keysOf: KeysOf, now: Clock) =>
  async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const headers = Object.entries(event.headers ?? {});
    const header = (name: string) => headers.find(([key]) => key.toLowerCase() === name)?.[1];
    const token = await verifyToken(header('authorization'), issuers, keysOf, now());
    count('TokensRefused', token.kind === 'verified' ? 0 : 1);
    if (token.kind === 'verified') return allowed(table, event, header('orchestra-principal')?.trim() ?? '', token);
    logger.warn('token refused', { code: token.code });
    // A failure of the issuer says nothing about the token: an error is not cached, an answer would be.
    if (token.code === 'IssuerUnavailable') throw new Error('the keys of the issuer could not be read');
    return passOn('anonymous', event.methodArn, { problem: token.code });
  };

/** The home of the principal goes along as a hint that saves a read; `serve` checks it against the fresh record. */
async function allowed(
  table: Table,
  event: APIGatewayRequestAuthorizerEvent,
  principal: string,
  token: Verified,
): Promise<APIGatewayAuthorizerResult> {
  logger.info('token verified', { client_id: token.clientId, claimed: principal });
  const [stored] = principal === '' ? [] : await table.getMany([admissionKeys.principal(principal)]);
  return passOn(token.clientId, event.methodArn, {
    client_id: token.clientId,
    subject: token.subject,
    // For the access log only: what the request claims.
    principal,
    scopes: token.scopes,
    expires_at: String(token.expiresAt),
    ...(typeof stored?.domain === 'string' ? { domain: stored.domain } : {}),
    ...(typeof stored?.team === 'string' ? { team: stored.team } : {}),
  });
}

/** Speaks for every method of the stage, because API Gateway reuses the answer for all of them. */
function passOn(principalId: string, methodArn: string, context: Record<string, string>): APIGatewayAuthorizerResult {
  const [api, stage] = methodArn.split('/');
  const statement = { Action: 'execute-api:Invoke', Effect: 'Allow' as const, Resource: `${api}/${stage}/*` };
  return { principalId, policyDocument: { Version: '2012-10-17', Statement: [statement] }, context };
}

const env = readEnv(AuthorizerEnv);
const state = tableOf(new DynamoDBClient({}), env.STATE_TABLE);
export const handler = observed<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>(
  authorizer(state, env.TRUSTED_ISSUERS, remoteKeys(), systemClock),
);
