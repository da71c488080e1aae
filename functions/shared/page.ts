import { createHash } from 'node:crypto';
import { GenerateMacCommand, type KMSClient, VerifyMacCommand } from '@aws-sdk/client-kms';
import * as z from 'zod';
import { Problem } from './errors.ts';

/** Opaque cursors: a position, bound to the list and filters that it was issued for, under a KMS MAC. */
export type Cursors = {
  /** @param list name of the list and its filters; a cursor of another list is refused */
  open: <T>(cursor: string | undefined, list: unknown, position: z.ZodType<T>) => Promise<T | undefined>;
  seal: (position: unknown, list: unknown) => Promise<string>;
};

const Envelope = z.strictObject({ list: z.string(), at: z.unknown() });
const digestOf = (list: unknown): string =>
  createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 22);
const refused = (): Problem => new Problem('InvalidCursor', 'Start the list again without a cursor.');
const algorithm = 'HMAC_SHA_256' as const;

export const kmsCursors = (kms: KMSClient, keyId: string): Cursors => ({
  open: async (cursor, list, position) => {
    if (cursor === undefined) return undefined;
    const [payload = '', mac = '', ...rest] = cursor.split('.');
    const message = Buffer.from(payload, 'base64url');
    const tag = Buffer.from(mac, 'base64url');
    // Base64 has several spellings of the same bytes; only the one that was issued is accepted.
    const asIssued = message.toString('base64url') === payload && tag.toString('base64url') === mac;
    if (rest.length > 0 || !asIssued || message.length === 0 || tag.length !== 32) throw refused();
    await verify(kms, keyId, message, tag);
    const envelope = Envelope.safeParse(JSON.parse(message.toString('utf8')));
    const at = position.safeParse(envelope.data?.at);
    if (envelope.data?.list !== digestOf(list) || !at.success) throw refused();
    return at.data;
  },
  seal: async (position, list) => {
    const message = Buffer.from(JSON.stringify({ list: digestOf(list), at: position }));
    const reply = await kms.send(new GenerateMacCommand({ KeyId: keyId, MacAlgorithm: algorithm, Message: message }));
    return `${message.toString('base64url')}.${Buffer.from(reply.Mac ?? []).toString('base64url')}`;
  },
});

async function verify(kms: KMSClient, keyId: string, message: Buffer, mac: Buffer): Promise<void> {
  try {
    const command = new VerifyMacCommand({ KeyId: keyId, MacAlgorithm: algorithm, Message: message, Mac: mac });
    const reply = await kms.send(command);
    if (reply.MacValid !== true) throw refused();
  } catch (error) {
    if ((error as Error).name === 'KMSInvalidMacException') throw refused();
    throw error;
  }
}
