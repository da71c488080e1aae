import { createHash, createPublicKey } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';

/** A public key, and the id that it gives itself: SHA-256 of its DER form, hexadecimal. */
export type PublicKey = { key_id: string; pem: string };

export type Signer = {
  publicKey: () => Promise<PublicKey>;
  /** Base64 of the DER form of an ECDSA signature over the SHA-256 of a text. */
  sign: (text: string) => Promise<string>;
};

/**
 * Signs with a P-256 key that never leaves KMS.
 * @param connect makes the client, when there is something to sign
 */
export function kmsSigner(connect: () => KMSClient, keyId: string): Signer {
  let client: KMSClient | undefined;
  const kms = (): KMSClient => (client ??= connect());
  let known: Promise<PublicKey> | undefined;
  return {
    publicKey: async () => {
      known ??= readPublicKey(kms(), keyId);
      return known.catch((error: unknown) => {
        known = undefined;
        throw error;
      });
    },
    sign: async (text) => {
      const message = { MessageType: 'RAW', Message: Buffer.from(text) } as const;
      const asked = new SignCommand({ KeyId: keyId, SigningAlgorithm: 'ECDSA_SHA_256', ...message });
      const { Signature } = await kms().send(asked);
      if (!Signature) throw new Error('KMS gave no signature');
      return Buffer.from(Signature).toString('base64');
    },
  };
}

async function readPublicKey(kms: KMSClient, keyId: string): Promise<PublicKey> {
  const { PublicKey: der } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }));
  const spki = Buffer.from(der ?? []);
  const pem = createPublicKey({ key: spki, format: 'der', type: 'spki' }).export({ format: 'pem', type: 'spki' });
  return { key_id: createHash('sha256').update(spki).digest('hex'), pem: String(pem) };
}
