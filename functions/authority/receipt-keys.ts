import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyPairWithoutPlaintextCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { JWK } from 'jose';
import { addSeconds, epochSeconds } from '../shared/clock.ts';
import type { Change } from '../shared/commit.ts';
import { fact } from '../shared/contract.ts';
import { receiptKeyPublished } from './contract.ts';
import { writes } from './store.ts';

/** A key pair as it is stored: the private half only under the KMS key. */
export type ReceiptKeyRecord = {
  kid: string;
  jwk: JWK;
  /** Base64 of the PKCS #8 private key, encrypted by KMS. */
  wrapped: string;
  published_at: string;
  signs_until: string;
};

const signingHours = 24;
/** How long a key is published before it signs, so that every cache of the key set has it by then. */
const settleSeconds = 300;
/** A successor is published this long before the last key stops signing. */
const renewSeconds = 3600;
/** Verifiers find a key for this long after it stopped signing. */
const graceSeconds = 2 * 86_400;

const encryptionContext = { purpose: 'receipts' };

/** The key to sign with: one that caches know already, if there is one; the newest otherwise. */
export function signingKey(records: readonly ReceiptKeyRecord[], now: Date): ReceiptKeyRecord | undefined {
  const usable = records.filter((record) => new Date(record.signs_until) > now);
  const settled = usable.filter((record) => addSeconds(new Date(record.published_at), settleSeconds) <= now);
  const soonestEnd = settled.toSorted((a, b) => a.signs_until.localeCompare(b.signs_until))[0];
  return soonestEnd ?? usable[0];
}

/** Whether a successor must be published now. */
export const needsSuccessor = (records: readonly ReceiptKeyRecord[], now: Date): boolean =>
  !records.some((record) => new Date(record.signs_until) > addSeconds(now, renewSeconds));

/** A new key pair, made by KMS; its private half never leaves KMS in the clear here. */
export async function newReceiptKey(kms: KMSClient, keyId: string, now: Date): Promise<ReceiptKeyRecord> {
  const made = await kms.send(
    new GenerateDataKeyPairWithoutPlaintextCommand({
      KeyId: keyId,
      KeyPairSpec: 'ECC_NIST_P256',
      EncryptionContext: encryptionContext,
    }),
  );
  const spki = Buffer.from(made.PublicKey ?? []);
  const kid = createHash('sha256').update(spki).digest('base64url').slice(0, 22);
  const jwk = createPublicKey({ key: spki, format: 'der', type: 'spki' }).export({ format: 'jwk' });
  return {
    kid,
    jwk: { ...jwk, kid, alg: 'ES256', use: 'sig' },
    wrapped: Buffer.from(made.PrivateKeyCiphertextBlob ?? []).toString('base64'),
    published_at: now.toISOString(),
    signs_until: addSeconds(now, signingHours * 3600).toISOString(),
  };
}

/** The private half, in memory only. */
export async function unwrap(kms: KMSClient, keyId: string, record: ReceiptKeyRecord): Promise<KeyObject> {
  const reply = await kms.send(
    new DecryptCommand({
      KeyId: keyId,
      CiphertextBlob: Buffer.from(record.wrapped, 'base64'),
      EncryptionContext: encryptionContext,
    }),
  );
  return createPrivateKey({ key: Buffer.from(reply.Plaintext ?? []), format: 'der', type: 'pkcs8' });
}

/** Publication of a key. */
export function published(record: ReceiptKeyRecord): Change {
  const ttl = epochSeconds(addSeconds(new Date(record.signs_until), graceSeconds));
  return {
    writes: [writes.receiptKey(record, ttl)],
    entries: [
      {
        action_type: 'execution',
        domain: 'enterprise',
        subject: `receipt-key/${record.kid}`,
        sequence: 1,
        summary: `Published receipt key ${record.kid}, which signs until ${record.signs_until}`,
        retention: 'compliance',
        event: fact(receiptKeyPublished, {
          kid: record.kid,
          signs_until: record.signs_until,
          concerns: ['enterprise'],
        }),
      },
    ],
  };
}
