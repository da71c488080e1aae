import '../audit/quiet.ts';
import { createHash, randomBytes } from 'node:crypto';
import type { KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import type { Change, Commit } from '../../../functions/shared/commit.ts';
import { dataSubjects } from '../../../functions/shared/data-subjects.ts';
import type { Item } from '../../../functions/shared/dynamo.ts';
import { Problem } from '../../../functions/shared/errors.ts';
import { erasedText, unreadableText } from '../../../functions/shared/sealed-text.ts';
import { dataSubjectKeys } from '../../../functions/shared/store-data-subjects.ts';
import { continueTrace } from '../../../functions/shared/trace.ts';
import { memoryTable } from '../audit/memory-table.ts';

const moment = { now: new Date('2026-11-22T09:00:00.000Z'), trace: continueTrace(undefined) };
type Asked = { constructor: { name: string }; input: Record<string, unknown> };

/** KMS in memory: it opens what it wrapped, and only in the context that it was wrapped in. */
function aKms() {
  const wrapped = new Map<string, { context: string; plaintext: Buffer }>();
  const asked: string[] = [];
  const send = async ({ constructor: { name }, input }: Asked): Promise<object> => {
    asked.push(name.replace('Command', ''));
    const context = JSON.stringify(input.EncryptionContext);
    if (name === 'GenerateMacCommand')
      return {
        Mac: createHash('sha256')
          .update(input.Message as Buffer)
          .digest(),
      };
    if (name === 'GenerateDataKeyWithoutPlaintextCommand') {
      const CiphertextBlob = randomBytes(40);
      wrapped.set(CiphertextBlob.toString('base64'), { context, plaintext: randomBytes(32) });
      return { CiphertextBlob };
    }
    const known = wrapped.get((input.CiphertextBlob as Buffer).toString('base64'));
    if (known?.context === context) return { Plaintext: known.plaintext };
    throw Object.assign(new Error('not mine'), { name: 'InvalidCiphertextException' });
  };
  return { kms: { send } as unknown as KMSClient, asked };
}

/** A store in memory that many processes share, and the changes that were committed to it. */
function aStore() {
  const state = memoryTable();
  const committed: Change[] = [];
  const made = new Set<string>();
  // Nothing is awaited between looking and writing: a transaction is one step to everybody else.
  const commit: Commit = async (change) => {
    for (const write of change.writes) {
      if (write.kind === 'create' && made.has(write.key.pk)) throw new Problem('AlreadyExists', 'It is there.');
      if (!('item' in write)) continue;
      made.add(write.key.pk);
      state.add({ ...write.item, ...write.key });
    }
    committed.push(change);
    return [];
  };
  return { state, commit, committed };
}

function aWorld() {
  const { kms, asked } = aKms();
  const { state, commit, committed } = aStore();
  const process = () => dataSubjects({ kms, state, commit }, { keyId: 'wraps', pseudonymKeyId: 'names' });
  const stored = async (pseudonym: string): Promise<Item> =>
    (await state.getMany([dataSubjectKeys.record(pseudonym)]))[0] ?? {};
  const change = async (pseudonym: string, over: object): Promise<void> =>
    state.add({ ...(await stored(pseudonym)), ...over, ...dataSubjectKeys.record(pseudonym) });
  return {
    process,
    asked,
    committed,
    stored,
    change,
    remove: (name: string) => state.remove(dataSubjectKeys.record(name)),
  };
}

describe('the keys of data subjects', () => {
  it('[AUD-7] cost KMS three calls for a new person, and none for the next text about her', async () => {
    const { process, asked, committed } = aWorld();
    const subjects = process();
    const first = await subjects.sealer('jane', moment);
    expect(asked).toEqual(['GenerateMac', 'GenerateDataKeyWithoutPlaintext', 'Decrypt']);
    const text = (await subjects.sealer('jane', moment)).seal('dec_1')('Jane', 'summary');
    expect((await subjects.opener([first.pseudonym]))('dec_1')(text, 'summary')).toBe('Jane');
    expect(asked).toHaveLength(3);
    expect(committed).toHaveLength(1);
  });

  it('[AUD-7] are one for a person, whoever is the first to name her', async () => {
    const { process, committed } = aWorld();
    const processes = Array.from({ length: 5 }, process);
    const sealers = await Promise.all(processes.map((subjects) => subjects.sealer('jane', moment)));
    expect(committed).toHaveLength(1);
    const pseudonyms = sealers.map(({ pseudonym }) => pseudonym);
    const open = await process().opener(pseudonyms);
    for (const { seal } of sealers) expect(open('dec_1')(seal('dec_1')('Jane', 'summary'), 'summary')).toBe('Jane');
    expect(await process().pseudonymOf(pseudonyms[0] ?? '')).toBe(pseudonyms[0]);
    expect(await process().pseudonymOf('joe')).not.toBe(pseudonyms[0]);
  });

  it('[AUD-7] are looked for each time: one that is destroyed opens nothing, also where it was used a moment ago', async () => {
    const { process, change, stored } = aWorld();
    const subjects = process();
    const { pseudonym, seal } = await subjects.sealer('jane', moment);
    const text = seal('dec_1')('Jane', 'summary');
    const read = async (): Promise<string> => (await subjects.opener([pseudonym]))('dec_1')(text, 'summary');
    expect(await read()).toBe('Jane');
    await change(pseudonym, { version: 2, wrapped: null });
    expect(await read()).toBe(erasedText);
    const next = await subjects.sealer('jane', moment);
    expect(await stored(pseudonym)).toMatchObject({ version: 3, generation: 2 });
    expect(next.guard).toMatchObject({ kind: 'check', version: 3 });
    expect(await read()).toBe(erasedText);
  });

  it('[AUD-7] are not told to be erased where they are lost, altered, or of a time that a restore took back', async () => {
    const { process, change, stored, remove } = aWorld();
    const { pseudonym, seal } = await process().sealer('jane', moment);
    const text = seal('dec_1')('Jane', 'summary');
    const read = async (sealed = text): Promise<string> =>
      (await process().opener([pseudonym]))('dec_1')(sealed, 'summary');
    const before = await stored(pseudonym);
    await change(pseudonym, { wrapped: randomBytes(40).toString('base64') });
    expect(await read()).toBe(unreadableText);
    await change(pseudonym, before);
    expect(await read(text.replace('.1:', '.2:'))).toBe(unreadableText);
    expect(await read()).toBe('Jane');
    remove(pseudonym);
    expect(await read()).toBe(unreadableText);
  });
});
