import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import type { ApiClient } from './client.ts';
import type { Shown } from './tour.ts';

/** The person who answers: a board member, with a token of their own sign-in. */
export const approver = { runtime: 'people/hum_board_okafor', principal: 'hum_board_okafor' };

type Redeemed = { id: string; entry_id: string; receipt: string; reasons: { detail: string }[] };

/** A request on its way: approved by a second person, redeemed once, and its receipt checked without asking anybody. */
export type Approved = { decision: Redeemed; text: string };

/**
 * Approves an escalated decision of the tour and redeems it.
 * @throws Error when a step is answered otherwise than the tour says: what is shown has to be true
 */
export async function approve(client: ApiClient, { stop, decision }: Shown): Promise<Approved> {
  const ask = async <T>(want: number, ...request: Parameters<ApiClient['call']>): Promise<T> => {
    const { status, body } = await client.call(...request);
    if (status !== want) throw new Error(`${request[0]} ${request[1]}: ${String(status)} ${JSON.stringify(body)}`);
    return body as T;
  };
  const path = `/escalations/${String(decision.escalation_id)}`;
  const { request_digest } = await ask<{ request_digest: string }>(200, 'GET', path, approver);
  const vote = { vote: 'approve', reason: 'Worth the two days.', request_digest };
  const own = await client.call('POST', `${path}/votes`, stop, vote);
  const closed = await ask<{ state: string }>(201, 'POST', `${path}/votes`, approver, vote);
  const redemption = `/decisions/${decision.id}/redemption`;
  const changed = await client.call('POST', redemption, stop, { ...stop.proposal, summary: 'Something else' });
  const redeemed = await ask<Redeemed>(200, 'POST', redemption, stop, stop.proposal);
  const again = await client.call('POST', redemption, stop, stop.proposal);
  const keys = (await (await fetch(`${client.url}/v1/jwks.json`)).json()) as JSONWebKeySet;
  const row = (name: string, value: string): string => `    ${name.padEnd(12)}${value}`;
  const text = [
    '\n  The escalation is approved by a second person, and redeemed',
    row('requester', `votes for itself: ${refusal(own)}`),
    row('approver', `${approver.principal}, signed in, approves ${request_digest.slice(0, 23)}…: ${closed.state}`),
    row('one word', `of the request changed: ${refusal(changed)}`),
    row('redeemed', redeemed.reasons.at(-1)?.detail ?? ''),
    row('once more', refusal(again)),
    row('receipt', await checked(redeemed.receipt, keys)),
  ].join('\n');
  return { decision: redeemed, text };
}

function refusal({ status, body }: { status: number; body: unknown }): string {
  if (status < 400) throw new Error(`this should have been refused: ${JSON.stringify(body)}`);
  return `refused, ${String(status)} ${(body as { code: string }).code}`;
}

/** Checks a receipt as a tool would that has the public keys and no connection; then one that was tampered with. */
async function checked(receipt: string, keys: JSONWebKeySet): Promise<string> {
  const keySet = createLocalJWKSet(keys);
  const { payload } = await jwtVerify(receipt, keySet, { audience: 'orchestra-tools' });
  const [header = '', , signature = ''] = receipt.split('.');
  const forged = Buffer.from(JSON.stringify({ ...payload, target: 'elsewhere' })).toString('base64url');
  const refused = await jwtVerify(`${header}.${forged}.${signature}`, keySet).then(
    () => false,
    (error: unknown) => error instanceof errors.JWSSignatureVerificationFailed,
  );
  if (!refused) throw new Error('a forged receipt was taken for good');
  return `verifies offline for ${String(payload.sub)}, decision ${String(payload.jti)}; a forged one does not`;
}
