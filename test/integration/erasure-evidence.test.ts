import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exportEvidence } from '../../bin/evidence/export.ts';
import { type Evidence, readEvidence } from '../../verifier/evidence.ts';
import { verifyEvidence } from '../../verifier/verify.ts';
import { agentOf, humanWith } from '../support/organization.ts';
import { aPerson, erase, proposeAbout } from '../support/personal.ts';
import { provenEntry } from '../support/sealed.ts';
import { call, importExample } from '../support/world.ts';

const agent = agentOf('product').id;
const auditor = humanWith('auditor');
const scratch = mkdtempSync(join(tmpdir(), 'erasure-'));

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function exported(name: string): Promise<Evidence> {
  const folder = join(scratch, name);
  await exportEvidence(async (path) => {
    const { status, body, headers } = await call('GET', path, { as: auditor });
    const retryAfter = headers.get('retry-after');
    return { status, body, ...(retryAfter === null ? {} : { retryAfter: Number(retryAfter) }) };
  }, folder);
  return readEvidence(folder);
}

it('[AUD-7] [AUD-5] every proof verifies after an erasure as it did before, over the same bytes', async () => {
  const person = aPerson();
  const { entry_id: id } = await proposeAbout(person, agent, 'implementation_detail');
  const { leaf_index, leaf_hash } = await provenEntry(id, agent);
  const before = await exported('before');
  expect(await erase(person.id, humanWith('operator'))).toMatchObject({ status: 200 });
  // A later entry, so that the tree has grown past the erasure.
  const later = await proposeAbout(aPerson(), agent, 'implementation_detail');
  await provenEntry(later.entry_id, agent);
  expect(await provenEntry(id, agent)).toMatchObject({ leaf_index, leaf_hash });
  const after = await exported('after');
  const lineIn = ({ lines }: Evidence) => lines.find(({ entry }) => entry?.id === id);
  expect(lineIn(after)).toEqual(lineIn(before));
  expect(lineIn(after)?.entry?.summary).toMatch(/^enc:v1:sub_/);
  expect((await call('GET', `/audit/entries/${id}`, { as: agent })).body.summary).toBe('[erased]');
  for (const evidence of [before, after]) {
    expect(JSON.stringify(evidence)).not.toContain(person.mark);
    const { findings, counts } = verifyEvidence(evidence);
    expect(findings).toEqual([]);
    expect(counts.entries).toBeGreaterThan(leaf_index);
  }
});
