import type { KeyObject } from 'node:crypto';
import type { KMSClient } from '@aws-sdk/client-kms';
import { type JWTPayload, SignJWT } from 'jose';
import { addSeconds, epochSeconds } from '../shared/clock.ts';
import type { Commit, CommitContext } from '../shared/commit.ts';
import type { Actor } from '../shared/principal.ts';
import type { Decision } from './contract.ts';
import { actionOf, targetDomain } from './model.ts';
import { needsSuccessor, newReceiptKey, published, type ReceiptKeyRecord, signingKey, unwrap } from './receipt-keys.ts';
import type { Authority } from './store.ts';

/** What a receipt binds. Times are seconds since the epoch. */
export type ReceiptClaims = JWTPayload & {
  sub: string;
  jti: string;
  action: string;
  decision_type: string;
  target: { type: string; id: string; domain: string };
  tool: string | null;
  arguments_digest: string | null;
  policy_version: number;
  matrix_version: number;
  entry_id: string;
};

export type ReceiptSettings = { keyId: string; issuer: string; ttlSeconds: number };
export type Receipts = { sign: (decision: Decision, actor: Actor, context: CommitContext) => Promise<string> };

/** Audience of receipts: the tools that check them. */
export const receiptAudience = 'orchestra-tools';

/** The claims of a decision's receipt. */
export function receiptClaims(decision: Decision, actor: Actor, now: Date, settings: ReceiptSettings): ReceiptClaims {
  const { proposal } = decision;
  return {
    iss: settings.issuer,
    aud: receiptAudience,
    sub: actor.id,
    jti: decision.id,
    iat: epochSeconds(now),
    exp: epochSeconds(addSeconds(now, settings.ttlSeconds)),
    action: actionOf(proposal),
    decision_type: proposal.type,
    target: { type: proposal.resource.type, id: proposal.resource.id, domain: targetDomain(proposal, actor) },
    tool: proposal.tool?.name ?? null,
    arguments_digest: proposal.tool?.arguments_digest ?? null,
    policy_version: decision.policies.version,
    matrix_version: decision.matrix.version,
    entry_id: decision.entry_id,
  };
}

type Ports = { kms: KMSClient; commit: Commit; store: Pick<Authority, 'receiptKeys'> };
type Held = { record: ReceiptKeyRecord; key: KeyObject; lookAgain: Date };

/** How long a function trusts its copy of the key list before it looks whether a successor signs. */
const recheckSeconds = 600;

/** Signs receipts in process, with a short-lived key that only KMS can unwrap; publishes a successor in time. */
export function receiptSigner(ports: Ports, settings: ReceiptSettings): Receipts {
  let held: Held | undefined;
  let renewal: Promise<Held> | undefined;
  const renew = async (context: CommitContext): Promise<Held> => {
    const { now } = context;
    let records = await ports.store.receiptKeys(now);
    if (needsSuccessor(records, now)) {
      const record = await newReceiptKey(ports.kms, settings.keyId, now);
      await ports.commit(published(record), { actor: 'orchestra_authority', now, trace: context.trace });
      records = [record, ...records];
    }
    const record = signingKey(records, now);
    if (!record) throw new Error('no receipt key is usable');
    const key = held?.record.kid === record.kid ? held.key : await unwrap(ports.kms, settings.keyId, record);
    return { record, key, lookAgain: addSeconds(now, recheckSeconds) };
  };
  const current = async (context: CommitContext): Promise<Held> => {
    if (held && context.now < held.lookAgain && new Date(held.record.signs_until) > context.now) return held;
    // Many requests may find the key stale at once; one of them renews it for all.
    renewal ??= renew(context).finally(() => {
      renewal = undefined;
    });
    held = await renewal;
    return held;
  };
  return {
    sign: async (decision, actor, context) => {
      const { record, key } = await current(context);
      return new SignJWT(receiptClaims(decision, actor, context.now, settings))
        .setProtectedHeader({ alg: 'ES256', kid: record.kid, typ: 'orchestra-receipt+jwt' })
        .sign(key);
    },
  };
}
