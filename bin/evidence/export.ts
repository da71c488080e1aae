import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A GET below `/v1`, as somebody who may read the log. */
export type Reader = (path: string) => Promise<{ status: number; body: unknown; retryAfter?: number }>;

type Line = { leaf_index: number; leaf_hash: string; entry: { id: string } | null };
type LogPage = { items: Line[]; next_from?: number };
type Checkpoint = { number: number; size: number };
type Inclusion = { leaf_index: number; leaf_hash: string; tree_size: number; path: string[] };
type Proof = { kind: 'inclusion' | 'consistency' } & Record<string, unknown>;

export type Exported = { entries: number; checkpoints: number; proofs: number };

const attempts = 5;
const proven = 5;

/**
 * Writes what `npm run verify` reads: the log, its checkpoints, proofs of the last entries and of the growth from the
 * first checkpoint, and the public keys.
 * @throws Error when the API refuses, or has no checkpoint yet
 */
export async function exportEvidence(get: Reader, folder: string): Promise<Exported> {
  const ask = <T>(path: string): Promise<T> => insist(get, path) as Promise<T>;
  const checkpoints = await everyCheckpoint(ask);
  const [first, last] = [checkpoints[0], checkpoints.at(-1)];
  if (!first || !last)
    throw new Error('nothing is signed yet: the first checkpoint follows the first entry within a minute');
  const lines = await everyLine(ask, last.size);
  const { items: keys } = await ask<{ items: unknown[] }>('/audit/keys');
  const proofs = await someProofs(ask, lines, first, last);
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('entries.ndjson', ndjson(lines));
  write('checkpoints.ndjson', ndjson(checkpoints));
  write('proofs.ndjson', ndjson(proofs));
  write('keys.json', `${JSON.stringify({ keys }, null, 2)}\n`);
  return { entries: lines.length, checkpoints: checkpoints.length, proofs: proofs.length };
}

const ndjson = (all: readonly object[]): string => all.map((one) => `${JSON.stringify(one)}\n`).join('');

/** Asks again when told to wait. */
async function insist(get: Reader, path: string): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    const { status, body, retryAfter } = await get(path);
    if (status === 200) return body;
    if (retryAfter === undefined || attempt === attempts) {
      throw new Error(`GET ${path} was answered with ${status}: ${JSON.stringify(body)}`);
    }
    await sleep(retryAfter * 1000);
  }
}

type Ask = <T>(path: string) => Promise<T>;

/** Oldest first. */
async function everyCheckpoint(ask: Ask): Promise<Checkpoint[]> {
  const all: Checkpoint[] = [];
  let cursor: string | undefined;
  do {
    const from = cursor === undefined ? '' : `&cursor=${cursor}`;
    const page = await ask<{ items: Checkpoint[]; next_cursor?: string }>(`/audit/checkpoints?limit=100${from}`);
    all.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return all.toReversed();
}

/** The log as far as the newest checkpoint that was read signs it; it may go further by now. */
async function everyLine(ask: Ask, size: number): Promise<Line[]> {
  const lines: Line[] = [];
  for (let from: number | undefined = 0; from !== undefined && from < size;) {
    const page: LogPage = await ask<LogPage>(`/audit/log?from=${from}`);
    lines.push(...page.items);
    from = page.next_from;
  }
  return lines.slice(0, size);
}

async function someProofs(ask: Ask, lines: readonly Line[], first: Checkpoint, last: Checkpoint): Promise<Proof[]> {
  const { from, to, path } = await ask<Record<string, unknown>>(
    `/audit/consistency?from=${first.size}&to=${last.size}`,
  );
  const proofs: Proof[] = [{ kind: 'consistency', from, to, path }];
  const ids = lines.flatMap(({ entry }) => (entry ? [entry.id] : [])).slice(-proven);
  for (const id of ids) {
    const { leaf_index, leaf_hash, tree_size, path: up } = await ask<Inclusion>(`/audit/entries/${id}/proof`);
    // Made by a checkpoint that is newer than the export, it would be a proof of another log.
    if (tree_size === last.size) proofs.push({ kind: 'inclusion', leaf_index, leaf_hash, tree_size, path: up });
  }
  return proofs;
}
