import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Checkpoint, PublicKey } from './evidence.ts';
import type { Finding } from './findings.ts';

type Keys = ReadonlyMap<string, KeyObject>;

/**
 * Whatever it carries beside its signature is signed, so nothing can be added. What has no canonical form is no text that
 * a key ever signed.
 */
function signedText(checkpoint: Checkpoint): string {
  const signed = Object.fromEntries(Object.entries(checkpoint).filter(([name]) => name !== 'signature'));
  try {
    return canonicalize(signed) ?? '';
  } catch {
    return '';
  }
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** What the next checkpoint names this one by. */
export const digestOf = (checkpoint: Checkpoint): string => sha256(signedText(checkpoint));

/** The keys that are what their ids say: an id is the SHA-256 of the key. */
export function trustedKeys(keys: readonly PublicKey[]): { keys: Keys; findings: Finding[] } {
  const trusted = new Map<string, KeyObject>();
  const findings: Finding[] = [];
  for (const { key_id, pem } of keys) {
    const key = keyFrom(pem);
    if (key && sha256(key.export({ format: 'der', type: 'spki' })) === key_id) trusted.set(key_id, key);
    else findings.push(forged(`the key ${key_id} is not the one that its id names`));
  }
  return { keys: trusted, findings };
}

function keyFrom(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

const forged = (detail: string): Finding => ({ kind: 'forged_checkpoint', detail });

/** What is wrong with the signature of a checkpoint, if anything. */
export function signatureFault(checkpoint: Checkpoint, keys: Keys): string | undefined {
  const key = keys.get(checkpoint.key_id);
  if (!key) return `is signed by the key ${checkpoint.key_id}, which is not among those that are trusted`;
  const signature = Buffer.from(checkpoint.signature, 'base64');
  return verify('sha256', Buffer.from(signedText(checkpoint)), key, signature)
    ? undefined
    : 'does not carry the signature of its key';
}

/** Checks each checkpoint by itself and against the one before; answers those that can be relied on, oldest first. */
export function checkCheckpoints(
  given: readonly Checkpoint[],
  keys: Keys,
): { sound: Checkpoint[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const sound: Checkpoint[] = [];
  let before: Checkpoint | undefined;
  let isBeforeSound = true;
  for (const one of given.toSorted((a, b) => a.number - b.number)) {
    const fault = signatureFault(one, keys);
    if (fault !== undefined) findings.push(forged(`checkpoint ${one.number} ${fault}`));
    else if (isBeforeSound) findings.push(...linkFaults(before, one));
    if (fault === undefined) sound.push(one);
    [before, isBeforeSound] = [one, fault === undefined];
  }
  return { sound, findings };
}

function linkFaults(before: Checkpoint | undefined, one: Checkpoint): Finding[] {
  const due = (before?.number ?? 0) + 1;
  if (one.number > due) {
    const which = one.number - due === 1 ? `checkpoint ${due} is` : `checkpoints ${due} to ${one.number - 1} are`;
    return [{ kind: 'missing_checkpoint', detail: `${which} missing` }];
  }
  if (one.previous !== (before ? digestOf(before) : null)) {
    return [forged(`checkpoint ${one.number} does not name the one before it`)];
  }
  if (!before) return [];
  const isLater = one.size > before.size && Date.parse(one.timestamp) >= Date.parse(before.timestamp);
  if (isLater && one.origin === before.origin) return [];
  return [forged(`checkpoint ${one.number} does not follow from the one before it, in size, time or origin`)];
}
