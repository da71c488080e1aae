import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One line of `entries.ndjson`. */
export type Line = { leaf_index: number; leaf_hash: string; entry: Record<string, unknown> | null };

export type Checkpoint = {
  number: number;
  origin: string;
  size: number;
  root_hash: string;
  timestamp: string;
  previous: string | null;
  key_id: string;
  signature: string;
};

/** One line of `proofs.ndjson`. */
export type Proof =
  | { kind: 'inclusion'; leaf_index: number; leaf_hash: string; tree_size: number; path: string[] }
  | { kind: 'consistency'; from: number; to: number; path: string[] };

export type PublicKey = { key_id: string; pem: string };

export type Evidence = {
  lines: Line[];
  checkpoints: Checkpoint[];
  proofs: Proof[];
  keys: PublicKey[];
  anchor?: Checkpoint;
};

/** The input is not what it should be, so that nothing can be said about it. */
export class Unusable extends Error {
  override name = 'Unusable';
}

type Fields = Record<string, unknown>;
type Check = (value: unknown) => boolean;

const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isSize: Check = (value) => isCount(value) && value !== 0;
const isText: Check = (value) => typeof value === 'string';
const isDigest: Check = (value) => isText(value) && /^[0-9a-f]{64}$/.test(value as string);
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isPath: Check = (value) => Array.isArray(value) && value.every(isDigest);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

const lineFields = { leaf_index: isCount, leaf_hash: isDigest, entry: orNull(isObject) };
const checkpointFields = {
  number: isSize,
  origin: isText,
  size: isSize,
  root_hash: isDigest,
  timestamp: (value: unknown) => isText(value) && !Number.isNaN(Date.parse(value as string)),
  previous: orNull(isDigest),
  key_id: isDigest,
  signature: isText,
};
const keyFields = { key_id: isDigest, pem: isText };
const proofFields: Readonly<Record<string, Record<string, Check>>> = {
  inclusion: { leaf_index: isCount, leaf_hash: isDigest, tree_size: isSize, path: isPath },
  consistency: { from: isSize, to: isSize, path: isPath },
};

function checked(value: unknown, fields: Record<string, Check>, where: string): unknown {
  if (!isObject(value)) throw new Unusable(`${where}: not an object`);
  for (const [name, check] of Object.entries(fields)) {
    if (!check((value as Fields)[name])) throw new Unusable(`${where}: ${name} is missing or not as it should be`);
  }
  return value;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Unusable(`${path} cannot be read: ${(error as Error).message}`);
  }
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unusable(`${where}: not JSON`);
  }
}

function linesOf<T>(path: string, read: (value: unknown, where: string) => T): T[] {
  const lines = textOf(path).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, at) => read(parsed(line, `${path}:${at + 1}`), `${path}:${at + 1}`));
}

const readLine = (value: unknown, where: string): Line => checked(value, lineFields, where) as Line;
const readCheckpoint = (value: unknown, where: string): Checkpoint =>
  checked(value, checkpointFields, where) as Checkpoint;

function readProof(value: unknown, where: string): Proof {
  const fields = isObject(value) ? proofFields[String((value as Fields).kind)] : undefined;
  if (!fields) throw new Unusable(`${where}: kind is neither inclusion nor consistency`);
  return checked(value, fields, where) as Proof;
}

function readKeys(path: string): PublicKey[] {
  const { keys } = checked(parsed(textOf(path), path), { keys: Array.isArray }, path) as { keys: unknown[] };
  return keys.map((key, at) => checked(key, keyFields, `${path}: key ${at + 1}`) as PublicKey);
}

/**
 * Reads a folder of evidence.
 * @param pinned `keys`: public keys that were kept elsewhere, instead of those in the folder; `anchor`: a checkpoint that was
 * @throws Unusable naming the file and line
 */
export function readEvidence(folder: string, pinned: { keys?: string; anchor?: string } = {}): Evidence {
  const proofs = join(folder, 'proofs.ndjson');
  const { anchor } = pinned;
  return {
    lines: linesOf(join(folder, 'entries.ndjson'), readLine),
    checkpoints: linesOf(join(folder, 'checkpoints.ndjson'), readCheckpoint),
    proofs: existsSync(proofs) ? linesOf(proofs, readProof) : [],
    keys: readKeys(pinned.keys ?? join(folder, 'keys.json')),
    ...(anchor === undefined ? {} : { anchor: readCheckpoint(parsed(textOf(anchor), anchor), anchor) }),
  };
}
