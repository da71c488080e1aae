import './quiet.ts';
import { describe, expect, it } from 'vitest';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { SignedCheckpoint } from '../../../functions/audit/evidence-contract.ts';
import { type CheckpointDeps, checkpointer } from '../../../functions/audit/make-checkpoints.ts';
import { treeStore, treeWrites } from '../../../functions/audit/store-tree.ts';
import { emptyTree, grow, leafOf } from '../../../functions/audit/tree-model.ts';
import { checkpointKey, checkpointLock } from '../../../functions/platform/checkpoint-archive.ts';
import type { Commit } from '../../../functions/shared/commit.ts';
import type { Write } from '../../../functions/shared/dynamo.ts';
import type { EntryItem } from '../../../functions/shared/ledger.ts';
import { aKeyPair, someItems } from '../../support/evidence.ts';
import { daysAfter, noon } from './fixtures.ts';
import { memoryTable } from './memory-table.ts';

const key = aKeyPair();

/** Objects under lock: what is there stays, and a second put is answered with 412. */
function anArchive() {
  const objects = new Map<string, string>();
  const send = async (command: object): Promise<object> => {
    if (command instanceof PutObjectCommand) {
      const { Key = '', Body } = command.input;
      if (objects.has(Key)) throw Object.assign(new Error('there already'), { $metadata: { httpStatusCode: 412 } });
      objects.set(Key, (Body as Buffer).toString());
      return {};
    }
    if (!(command instanceof GetObjectCommand)) throw new Error('not asked for');
    const text = objects.get(command.input.Key ?? '');
    return { Body: { transformToString: async () => text } };
  };
  const lock = checkpointLock({ send } as unknown as S3Client, {
    bucket: 'archive',
    mode: 'GOVERNANCE',
    now: () => noon,
  });
  return { objects, lock };
}

/** A state with a tree over these entries. */
function aState(items: readonly EntryItem[]) {
  const state = memoryTable('state');
  const write = (writes: readonly Write[]): void => {
    for (const one of writes) if ('item' in one) state.add({ ...one.item, ...one.key });
  };
  const leaves = items.map((item) => ({ ...leafOf(item), entry_pk: item.pk }));
  const { tree, tiles } = grow(emptyTree, leaves);
  write(treeWrites.growth(emptyTree, tree, leaves, tiles, noon));
  const commit: Commit = async ({ writes }) => {
    write(writes);
    return [];
  };
  return { tree: treeStore(state), commit, write };
}

type State = Pick<CheckpointDeps, 'tree' | 'commit'>;

const signer = { publicKey: async () => key, sign: async (text: string) => key.sign(text) };

const makerOn = ({ tree, commit }: State, lock: ReturnType<typeof anArchive>['lock'], now = () => noon) =>
  checkpointer({ tree, commit, signer, lock, origin: 'urn:orchestra:test:ledger', now });

describe('a checkpoint under lock', () => {
  const items = someItems(40);

  it('[AUD-5] is the same that the state has: another process goes on from it', async () => {
    const { objects, lock } = anArchive();
    const state = aState(items);
    const made = await makerOn(state, lock)(0);
    expect(made).toMatchObject({ number: 1, size: 40 });
    expect(await makerOn(state, lock)(0)).toBeUndefined();
    expect([...objects.keys()]).toEqual([checkpointKey(1)]);
  });

  it('[AUD-5] that is not the one of the state stops all signing, in every process', async () => {
    const { objects, lock } = anArchive();
    const first = await makerOn(aState(items.slice(0, 20)), lock)(0);
    const forked = aState(items.toReversed());
    forked.write([treeWrites.checkpoint(SignedCheckpoint.parse({ ...first, root_hash: '0'.repeat(64) }))]);
    for (let run = 0; run < 2; run += 1) {
      await expect(makerOn(forked, lock)(0)).rejects.toThrow(
        'checkpoint 1 is not the one of its number in the archive',
      );
    }
    expect(await forked.tree.newest()).toMatchObject({ number: 1 });
    expect(objects.size).toBe(1);
  });

  it('[AUD-5] is noticed by a process that locked it itself, before the state was restored to what was before', async () => {
    const { objects, lock } = anArchive();
    let at = aState(items.slice(0, 20));
    const state: State = {
      commit: (change, by) => at.commit(change, by),
      tree: { newest: () => at.tree.newest(), head: () => at.tree.head(), tiles: (refs) => at.tree.tiles(refs) },
    };
    let now = noon;
    const make = makerOn(state, lock, () => now);
    expect(await make(0)).toMatchObject({ number: 1 });
    at = aState(items.slice(5, 25));
    now = daysAfter(1);
    await expect(make(0)).rejects.toThrow('checkpoint 1 is not the one of its number in the archive');
    expect(objects.size).toBe(1);
  });

  it('[AUD-5] may carry another signature: of one text there are many', async () => {
    const { objects, lock } = anArchive();
    const state = aState(items);
    const made = await makerOn(state, lock)(0);
    const again = { ...made, signature: key.sign('another') };
    objects.set(checkpointKey(1), JSON.stringify(again));
    expect(await makerOn(state, lock)(0)).toBeUndefined();
  });
});
