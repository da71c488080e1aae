import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evidence } from '../../../verifier/evidence.ts';
import { aKeyPair, evidenceOf, someItems } from '../../support/evidence.ts';

const root = join(import.meta.dirname, '..', '..', '..');
/** Its one dependency, also where `node_modules` is a link. */
const dependency = realpathSync(join(root, 'node_modules', 'canonicalize'));
const key = aKeyPair();
const whole = evidenceOf(someItems(30), [10, 30], key);
let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'verifier-'));
  // A copy of the verifier with its one dependency, and nothing else of this repository.
  cpSync(join(root, 'verifier'), join(scratch, 'verifier'), { recursive: true });
  mkdirSync(join(scratch, 'node_modules'));
  symlinkSync(dependency, join(scratch, 'node_modules', 'canonicalize'));
  writeFileSync(join(scratch, 'package.json'), '{"type":"module"}');
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let folders = 0;
function folderOf({ lines, checkpoints, proofs, keys }: Evidence): string {
  const folder = join(scratch, `evidence-${(folders += 1)}`);
  mkdirSync(folder);
  const ndjson = (all: readonly object[]): string => all.map((one) => `${JSON.stringify(one)}\n`).join('');
  writeFileSync(join(folder, 'entries.ndjson'), ndjson(lines));
  writeFileSync(join(folder, 'checkpoints.ndjson'), ndjson(checkpoints));
  writeFileSync(join(folder, 'proofs.ndjson'), ndjson(proofs));
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys }));
  return folder;
}

/** Runs the command with the rights to read what it is given, and to nothing else. */
function run(...args: string[]) {
  const guard = ['--permission', `--allow-fs-read=${scratch}/*`, `--allow-fs-read=${dependency}/*`];
  const main = join(scratch, 'verifier', 'main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [...guard, main, ...args], { encoding: 'utf8' });
  return { status, lines: stdout.trim().split('\n'), stderr };
}

describe('npm run verify', () => {
  it('[AUD-5] passes what is whole, and says how much that was', () => {
    const { status, lines, stderr } = run(folderOf(whole));
    expect(stderr.replaceAll(/^.*Warning.*\n?/gm, '').trim()).toBe('');
    expect(status).toBe(0);
    expect(lines).toEqual([
      expect.stringContaining('signatures prove nothing about who signed'),
      'Verified 30 entries (0 by their hash alone), 2 checkpoints (2 computed anew from the entries), 32 proofs',
      'Newest checkpoint: number 2 of "urn:orchestra:test:ledger", 30 entries, 2026-11-22T12:00:30.000Z',
      expect.stringContaining('cut together with its newest checkpoints is not found'),
    ]);
  });

  it('[AUD-5] leaves out what it cannot say only when keys and a checkpoint are pinned', () => {
    const folder = folderOf(whole);
    const [keys, anchor] = [join(folder, 'keys.json'), join(folder, 'anchor.json')];
    writeFileSync(anchor, JSON.stringify(whole.checkpoints[1]));
    const texts = (...args: string[]) => run(folder, ...args).lines.map((line) => line.replace(/[ :].*/, ''));
    expect(texts('--keys', keys)).toEqual(['Verified', 'Newest', 'Without']);
    expect(texts('--anchor', anchor)).toEqual(['The', 'Verified', 'Newest']);
    expect(texts('--keys', keys, '--anchor', anchor)).toEqual(['Verified', 'Newest']);
  });

  it('[AUD-5] prints a finding a line and ends with 1', () => {
    const { status, lines } = run(folderOf({ ...whole, lines: whole.lines.slice(0, 29), proofs: [] }));
    expect(status).toBe(1);
    expect(lines.slice(1, 3)).toEqual([
      'truncated: the log has 29 leaves, and checkpoint 2 signs 30',
      'Findings: 1 in 29 entries (0 by their hash alone), 2 checkpoints (1 computed anew from the entries), 0 proofs',
    ]);
  });

  it('[AUD-5] believes keys and a checkpoint that were kept before those in the folder', () => {
    const forged = folderOf(evidenceOf(someItems(30), [10, 30], aKeyPair()));
    const kept = join(scratch, 'kept.json');
    writeFileSync(kept, JSON.stringify({ keys: whole.keys }));
    expect(run(forged).status).toBe(0);
    const pinned = run(forged, '--keys', kept);
    expect(pinned.status).toBe(1);
    expect(pinned.lines[0]).toMatch(/^forged_checkpoint: checkpoint 1 is signed by the key /);
    const cut = folderOf({
      ...whole,
      lines: whole.lines.slice(0, 10),
      checkpoints: whole.checkpoints.slice(0, 1),
      proofs: [],
    });
    const anchor = join(scratch, 'anchor.json');
    writeFileSync(anchor, JSON.stringify(whole.checkpoints[1]));
    expect(run(cut).status).toBe(0);
    expect(run(cut, '--anchor', anchor)).toMatchObject({ status: 1 });
  });

  it('[AUD-5] ends with 2 when the input cannot be used: nothing is not proof of anything', () => {
    const broken = folderOf(whole);
    writeFileSync(join(broken, 'entries.ndjson'), '{"leaf_index":0}\n');
    expect(run(broken)).toMatchObject({ status: 2, stderr: expect.stringContaining('entries.ndjson:1: leaf_hash') });
    writeFileSync(join(broken, 'entries.ndjson'), 'not json\n');
    expect(run(broken)).toMatchObject({ status: 2, stderr: expect.stringContaining('not JSON') });
    writeFileSync(join(broken, 'entries.ndjson'), '');
    expect(run(broken)).toMatchObject({ status: 2, stderr: expect.stringContaining('there are no entries') });
    const hashes = folderOf({ ...whole, lines: whole.lines.map((line) => ({ ...line, entry: null })) });
    expect(run(hashes)).toMatchObject({ status: 2, stderr: expect.stringContaining('no entry is there') });
    expect(run(join(scratch, 'nowhere'))).toMatchObject({ status: 2 });
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('npm run verify -- <folder>') });
    expect(run(broken, '--pin')).toMatchObject({ status: 2 });
  });
});

it('[AUD-5] the verifier imports its own files, node without a network, and canonicalize', () => {
  const files = readdirSync(join(root, 'verifier'));
  expect(files.length).toBeGreaterThan(5);
  const offline = new Set(['node:crypto', 'node:fs', 'node:path', 'node:util', 'canonicalize']);
  for (const file of files) {
    const text = readFileSync(join(root, 'verifier', file), 'utf8');
    const imported = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, name = '']) => name);
    expect(
      imported.filter((name) => !offline.has(name) && !/^\.\/[a-z]+\.ts$/.test(name)),
      file,
    ).toEqual([]);
    expect(text, file).not.toMatch(/\b(fetch|WebSocket|process\.binding)\b/);
  }
});
