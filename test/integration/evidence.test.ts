import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportEvidence, type Reader } from '../../bin/evidence/export.ts';
import { signatureFault, trustedKeys } from '../../verifier/checkpoints.ts';
import { readEvidence } from '../../verifier/evidence.ts';
import { hex, isConsistent, leafHash, rootFromPath } from '../../verifier/merkle.ts';
import { verifyEvidence } from '../../verifier/verify.ts';
import canonicalize from 'canonicalize';
import { archivedCheckpoint } from '../support/archive.ts';
import { agentOf, enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { pagesOf } from '../support/pages.ts';
import { aProposal } from '../support/proposals.ts';
import { invoke } from '../support/functions.ts';
import { provenEntry } from '../support/sealed.ts';
import { call, eventually, importExample, tokenFor, world } from '../support/world.ts';

const repository = join(import.meta.dirname, '..', '..');
const sh = promisify(execFile);

const agent = agentOf('product');
const auditor = humanWith('auditor');

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

/** The entry of a new decision. */
async function anEntryId(as = agent.id, more: Record<string, unknown> = {}): Promise<string> {
  const { status, body, text } = await call('POST', '/decisions', { as, body: aProposal('tactical_approach', more) });
  expect(status, text).toBe(201);
  return body.entry_id as string;
}

describe('a proof', () => {
  it('[AUD-5] of an entry verifies offline, with the entry, the proof and the published key alone', async () => {
    const id = await anEntryId();
    const proof = await provenEntry(id, agent.id);
    const { body: entry } = await call('GET', `/audit/entries/${id}`, { as: agent.id });
    const { body: keys } = await call('GET', '/audit/keys', { as: agent.id });
    const leaf = leafHash(canonicalize(entry) as string);
    expect(hex(leaf)).toBe(proof.leaf_hash);
    const path = proof.path.map((one) => Buffer.from(one, 'hex'));
    const root = rootFromPath({ index: proof.leaf_index, size: proof.tree_size, leaf, path });
    expect(root && hex(root)).toBe(proof.checkpoint.root_hash);
    expect(proof.checkpoint.size).toBe(proof.tree_size);
    // The signature, too: nothing of it is the service's word.
    expect(signatureFault(proof.checkpoint, trustedKeys(keys.items).keys)).toBeUndefined();
  });

  it('[AUD-5] is given to whoever may read the entry, and to nobody else', async () => {
    const id = await anEntryId(agent.id, { classification: 'sensitive' });
    await provenEntry(id, agent.id);
    for (const as of [auditor, enterpriseOrchestrator, orchestratorOf('product')]) {
      expect(await call('GET', `/audit/entries/${id}/proof`, { as })).toMatchObject({ status: 200 });
    }
    for (const as of [agentOf('platform').id, orchestratorOf('platform')]) {
      const reply = await call('GET', `/audit/entries/${id}/proof`, { as });
      expect(reply).toMatchObject({ status: 404, body: { code: 'NotFound' } });
    }
    const nothing = await call('GET', '/audit/entries/01a2052e-8e12-751b-b679-3fac6fdaa745/proof', { as: auditor });
    expect(nothing).toMatchObject({ status: 404, body: { code: 'NotFound' } });
  });

  it('[AUD-5] is not there before a checkpoint is, and the answer says when to ask again', async () => {
    const replies = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const id = await anEntryId();
        return call('GET', `/audit/entries/${id}/proof`, { as: agent.id });
      }),
    );
    const early = replies.filter(({ status }) => status === 409);
    expect(early.length).toBeGreaterThan(0);
    for (const { body, headers } of early) {
      expect(body).toMatchObject({ code: 'NotSealedYet' });
      expect(headers.get('retry-after')).toBe('15');
    }
  });

  it('[AUD-5] of growth leads from any checkpoint to any later one, and not beyond the newest', async () => {
    await provenEntry(await anEntryId(), agent.id);
    await provenEntry(await anEntryId(), agent.id);
    const [all = []] = await pagesOf<{ size: number; root_hash: string }>('/audit/checkpoints?limit=100', auditor);
    const version = ({ size, root_hash }: { size: number; root_hash: string }) => ({
      size,
      root: Buffer.from(root_hash, 'hex'),
    });
    expect(all.length).toBeGreaterThan(1);
    const newest = all[0]!;
    for (const older of all.slice(1, 6)) {
      const { body } = await call('GET', `/audit/consistency?from=${older.size}&to=${newest.size}`, { as: auditor });
      const path = body.path.map((one: string) => Buffer.from(one, 'hex'));
      expect(isConsistent(version(older), version(newest), path)).toBe(true);
    }
    const beyond = await call('GET', `/audit/consistency?from=1&to=${newest.size + 1_000_000}`, { as: auditor });
    expect(beyond).toMatchObject({ status: 409, body: { code: 'NotSealedYet' } });
    const backwards = await call('GET', '/audit/consistency?from=2&to=1', { as: auditor });
    expect(backwards.status).toBe(400);
  });
});

describe('checkpoints', () => {
  it('[AUD-5] stand in one chain, newest first in the list, and as they are under Object Lock in the archive', async () => {
    await provenEntry(await anEntryId(), agent.id);
    const pages = await pagesOf<{ number: number; size: number; key_id: string }>(
      '/audit/checkpoints?limit=2',
      auditor,
    );
    const all = pages.flat();
    expect(all.map(({ number }) => number)).toEqual(all.map((_, at) => all.length - at));
    for (const checkpoint of all) {
      const { text, object } = await eventually('it is locked', () => archivedCheckpoint(checkpoint.number));
      expect(text).toBe(canonicalize(checkpoint));
      expect(object.ObjectLockMode).toBe('GOVERNANCE');
      const years = ((object.ObjectLockRetainUntilDate?.getTime() ?? 0) - Date.now()) / (365 * 86_400_000);
      expect(years).toBeGreaterThan(6.9);
    }
  });

  it('[AUD-5] are made by the clock too, and only when the log has grown', async () => {
    const id = await anEntryId();
    const before = await newestNumber();
    expect((await provenEntry(id, agent.id)).checkpoint.number).toBeGreaterThan(before);
    const quiet = await eventually('two runs see the same log', async () => {
      const [first, second] = [await invoke('audit-sealer', {}), await invoke('audit-sealer', {})];
      return first.answer.size === second.answer.size ? second.answer : undefined;
    });
    expect(quiet).toEqual({ size: expect.any(Number), lag: 0, signed: null });
  });
});

const newestNumber = async (): Promise<number> =>
  (await call('GET', '/audit/checkpoints?limit=1', { as: auditor })).body.items[0].number as number;

describe('the log', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'evidence-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  const readerFor =
    (as: string): Reader =>
    async (path) => {
      const { status, body, headers } = await call('GET', path, { as });
      const retryAfter = headers.get('retry-after');
      return { status, body, ...(retryAfter === null ? {} : { retryAfter: Number(retryAfter) }) };
    };

  it('[AUD-5] is exported and verified as a whole, and a change of it is found', async () => {
    await provenEntry(await anEntryId(), agent.id);
    const folder = join(scratch, 'auditor');
    const exported = await exportEvidence(readerFor(auditor), folder);
    expect(exported.entries).toBeGreaterThan(50);
    const evidence = readEvidence(folder);
    expect(verifyEvidence(evidence)).toMatchObject({
      findings: [],
      counts: { entries: exported.entries, hashOnly: 0, checkpoints: exported.checkpoints },
    });
    const at = evidence.lines.length - 3;
    const forged = { ...evidence.lines[at]!, entry: { ...evidence.lines[at]!.entry, summary: 'It never happened' } };
    const { findings } = verifyEvidence({ ...evidence, lines: evidence.lines.with(at, forged) });
    expect(findings.map(({ kind }) => kind)).toEqual(['edited']);
  });

  it('[AUD-5] passes from one command to the other', async () => {
    const id = await anEntryId();
    await provenEntry(id, agent.id);
    const folder = join(scratch, 'commands');
    const env = { ...process.env, ORCHESTRA_TOKEN: await tokenFor(auditor) };
    const run = (...args: string[]) => sh(process.execPath, args, { cwd: repository, env });
    const written = await run('bin/export-evidence.ts', '--url', `${world().url}/v1`, '--principal', auditor, folder);
    expect(written.stdout).toContain(`written to ${folder}`);
    const verified = await run('verifier/main.ts', folder);
    expect(verified.stdout).toMatch(/^Verified \d+ entries/m);
    expect(readEvidence(folder).lines.some(({ entry }) => entry?.id === id)).toBe(true);
  });

  it('[AUD-5] keeps from a reader what is not for him, and verifies all the same', async () => {
    await provenEntry(await anEntryId(agent.id, { classification: 'sensitive' }), agent.id);
    const folder = join(scratch, 'orchestrator');
    await exportEvidence(readerFor(orchestratorOf('platform')), folder);
    const evidence = readEvidence(folder);
    const { findings, counts } = verifyEvidence(evidence);
    expect(findings).toEqual([]);
    expect(counts.hashOnly).toBeGreaterThan(0);
    const shown = evidence.lines.flatMap(({ entry }) => (entry ? [entry] : []));
    // What it did itself, an orchestrator sees in every domain.
    const others = shown.filter(({ agent_id }) => agent_id !== orchestratorOf('platform'));
    expect([...new Set(others.map(({ domain }) => domain))]).toEqual(['platform']);
  });

  it('[AUD-5] is not for agents', async () => {
    const reply = await call('GET', '/audit/log', { as: agent.id });
    expect(reply).toMatchObject({ status: 403, body: { code: 'PrincipalKindRefused' } });
  });

  it('[AUD-5] ends at the newest checkpoint', async () => {
    const { body } = await call('GET', '/audit/log?limit=1', { as: auditor });
    const beyond = await call('GET', `/audit/log?from=${body.tree_size + 1_000_000}`, { as: auditor });
    expect(beyond).toMatchObject({ status: 200, body: { items: [] } });
    expect(beyond.body).not.toHaveProperty('next_from');
  });
});
