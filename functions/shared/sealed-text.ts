import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import * as z from 'zod';

/** Stands for a natural person wherever something is stored: keyed, so that nobody finds it by hashing ids. */
export const Pseudonym = z
  .string()
  .regex(/^sub_[0-9a-f]{32}$/)
  .meta({ id: 'DataSubjectPseudonym', example: 'sub_6b1f0c9d2e4a48b7a0f35d8c1e927b46' });

/** A natural person as a request names it: an opaque id, or the pseudonym that answers give in its place. */
export const DataSubject = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/)
  .meta({ id: 'DataSubject', example: 'customer-4711' });

export const isPseudonym = (dataSubject: string): boolean => Pseudonym.safeParse(dataSubject).success;

/** The key of one data subject, in memory only. After an erasure the subject gets a key of the next generation. */
export type SubjectKey = { pseudonym: string; generation: number; bytes: Buffer };

/** Where a sealed text belongs; sealed for one place, it opens in no other. */
export type Place = {
  /** Id of the decision that the text is from. */
  record: string;
  /** Name of the field, the same wherever the text is copied to: `summary`, `options_considered/0`. */
  field: string;
};

/** Gives a text of a field another form. */
export type Rewrite = (text: string, field: string) => string;

/** What is known of a key: itself; that it was destroyed, of which there is a record; or nothing. */
export type KeyOf = (pseudonym: string, generation: number) => Buffer | 'destroyed' | 'lost';

/** What is read where the key of the subject was destroyed. */
export const erasedText = '[erased]';
/** What is read where a sealed text was altered or moved from its place, or its key is lost: nobody erased it. */
export const unreadableText = '[unreadable]';

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
const form = /enc:v1:(sub_[0-9a-f]{32})\.([1-9]\d{0,8}):([A-Za-z0-9_-]+)/g;

const authenticated = ({ pseudonym, generation }: Omit<SubjectKey, 'bytes'>, { record, field }: Place): Buffer =>
  Buffer.from(JSON.stringify(['v1', pseudonym, generation, record, field]));

/** Encrypts a text for its place: `enc:v1:<pseudonym>.<generation>:<base64url of iv, ciphertext and tag>`. */
export function sealText(text: string, key: SubjectKey, place: Place): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key.bytes, iv, { authTagLength: tagBytes });
  cipher.setAAD(authenticated(key, place));
  const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `enc:v1:${key.pseudonym}.${key.generation}:${sealed.toString('base64url')}`;
}

/**
 * Decrypts what is sealed in a text, also where it is part of a longer one (`Outcome of: enc:v1:…`).
 * @param onUnreadable is told of every sealed text that should open here and does not
 */
export function openText(text: string, place: Place, keyOf: KeyOf, onUnreadable: (place: Place) => void): string {
  return text.replaceAll(form, (_whole, pseudonym: string, digits: string, sealed: string) => {
    const generation = Number(digits);
    const bytes = keyOf(pseudonym, generation);
    if (bytes === 'destroyed') return erasedText;
    const key = bytes === 'lost' ? undefined : { pseudonym, generation, bytes };
    const opened = key && decrypted(Buffer.from(sealed, 'base64url'), key, place);
    if (opened === undefined) onUnreadable(place);
    return opened ?? unreadableText;
  });
}

function decrypted(sealed: Buffer, key: SubjectKey, place: Place): string | undefined {
  if (sealed.length < ivBytes + tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, key.bytes, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAAD(authenticated(key, place));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    const text = decipher.update(sealed.subarray(ivBytes, -tagBytes));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    // The tag does not fit: GCM tells no more than that.
    return undefined;
  }
}

type Details = { context: string; options_considered: string[]; decision: string; reasoning: string };

/** Rewrites the four free texts of details, each under the name of its field. */
export const rewriteDetails = <D extends Details>(details: D, rewrite: Rewrite): D => ({
  ...details,
  context: rewrite(details.context, 'context'),
  options_considered: details.options_considered.map((option, at) => rewrite(option, `options_considered/${at}`)),
  decision: rewrite(details.decision, 'decision'),
  reasoning: rewrite(details.reasoning, 'reasoning'),
});
