import '../unit/audit/quiet.ts';
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignedCheckpoint } from '../../functions/audit/evidence-contract.ts';
import { checkpointer } from '../../functions/audit/make-checkpoints.ts';
import { sealer } from '../../functions/audit/seal-entries.ts';
import { catchUp } from '../../functions/audit/sealing.ts';
import { treeStore } from '../../functions/audit/store-tree.ts';
import { archiveChanges } from '../../functions/platform/archiver-steps.ts';
import { committer } from '../../functions/shared/commit.ts';
import { type Table, tableOf } from '../../functions/shared/dynamo.ts';
import type { EntryItem } from '../../functions/shared/ledger.ts';
import { checkCheckpoints, trustedKeys } from '../../verifier/checkpoints.ts';
import { aKeyPair, someItems } from '../support/evidence.ts';
import { invoke } from '../support/functions.ts';
import { Crash, faultyClient } from '../support/in-process.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { provenEntry } from '../support/sealed.ts';
import { togetherClient } from '../support/together.ts';
import { aTable, leavesOf, treeFaults } from '../support/tree.ts';
import { call, importExample, world } from '../support/world.ts';
import { inserted } from '../unit/platform/streams.ts';

const now = (): Date => new Date();
let scratch: Awaited<ReturnType<typeof aTable>>;
let table: Table;

beforeEach(async () => {
  scratch = await aTable();
  ({ table } = scratch);
  return scratch.drop;
});

/** What a function has that seals, on a table of its own; its client may be one that fails. */
function sealingOn(client: DynamoDBClient = world().dynamo) {
  const commit = committer(client, { state: table.name, ledger: 'none', shards: 1 });
  const tree = treeStore(tableOf(client, table.name));
  return { commit, tree, seal: sealer({ tree, commit, now }) };
}

const key = aKeyPair();

/** A function that signs, with an archive of its own; `lost` archives lose what they are given. */
function signingOn(sealing: Pick<ReturnType<typeof sealingOn>, 'commit' | 'tree'>, archive: Map<number, string>) {
  const lock = async (checkpoint: SignedCheckpoint): Promise<SignedCheckpoint> => {
    if (!archive.has(checkpoint.number)) archive.set(checkpoint.number, JSON.stringify(checkpoint));
    return JSON.parse(archive.get(checkpoint.number) ?? '') as SignedCheckpoint;
  };
  const signer = { publicKey: async () => key, sign: async (text: string) => key.sign(text) };
  return checkpointer({ ...sealing, signer, lock, origin: 'urn:orchestra:test:ledger', now });
}

const chain = async (): Promise<SignedCheckpoint[]> =>
  (await treeStore(table).checkpoints(100, undefined)).checkpoints.toReversed();

const chainFaults = async () => checkCheckpoints(await chain(), trustedKeys([key]).keys).findings;

describe('sealing', () => {
  it('[AUD-5] seals each entry once, however often and in whatever batches it is delivered', async () => {
    const { seal } = sealingOn();
    const items = someItems(250);
    expect(await seal([...items.slice(0, 100), ...items.slice(0, 10)])).toHaveLength(100);
    expect(await seal(items)).toHaveLength(150);
    expect(await seal(items)).toEqual([]);
    expect(await seal(items.slice(40, 90))).toEqual([]);
    expect((await leavesOf(table)).size).toBe(250);
    expect(await treeFaults(table, items)).toEqual([]);
  });

  it('[AUD-5] seals each entry once when many writers have the same batches at once', async () => {
    const items = someItems(120);
    const client = togetherClient(6);
    const writers = Array.from({ length: 6 }, (_, n) => ({
      ...sealingOn(client),
      batch: [...items.slice(n * 20), ...items.slice(0, n * 20)].slice(0, 60),
    }));
    const sealed = await Promise.all(writers.map(({ seal, batch }) => seal(batch)));
    expect(
      sealed
        .flat()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(items.map(({ id }) => id).toSorted());
    expect(await treeFaults(table, items)).toEqual([]);
  });

  it.each(['before', 'after'] as const)(
    '[AUD-5] loses nothing and doubles nothing when it dies %s any of its calls, and the stream delivers again',
    async (when) => {
      const items = someItems(90);
      for (let nth = 0; nth < 6; nth += 1) {
        const { client } = faultyClient({
          [when]: (one: { nth: number }) => (one.nth === nth ? new Crash() : undefined),
        });
        await sealingOn(client)
          .seal(items)
          .catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
        expect(await treeFaults(table, [])).toEqual([]);
      }
      await sealingOn().seal(items);
      expect((await leavesOf(table)).size).toBe(90);
      expect(await treeFaults(table, items)).toEqual([]);
    },
  );

  it('[AUD-5] a crash between archive and seal loses nothing: the batch fails, and its next delivery seals it', async () => {
    const items = someItems(20);
    const archived = new Set<string>();
    const deps = (client?: DynamoDBClient): Parameters<typeof archiveChanges>[1] => ({
      archive: { put: async (item: EntryItem) => archived.size < archived.add(item.id).size },
      seal: async (batch) => void (await sealingOn(client).seal(batch)),
      restore: () => Promise.reject(new Error('nothing was removed')),
      ledgerItem: () => Promise.reject(new Error('nothing was removed')),
      holds: () => Promise.reject(new Error('nothing was removed')),
      now,
    });
    const changes = items.map(inserted);
    const { client } = faultyClient({ before: () => new Crash() });
    const failed = await archiveChanges(changes, deps(client));
    expect(failed).toEqual(new Set(changes.map(({ position }) => position)));
    expect(archived.size).toBe(20);
    expect((await leavesOf(table)).size).toBe(0);
    expect(await archiveChanges(changes, deps())).toEqual(new Set());
    expect(await treeFaults(table, items)).toEqual([]);
  });

  it('[AUD-5] gives up when it never gets its turn, so that the batch comes again', async () => {
    const busy = Object.assign(new Error('conflict'), {
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }],
    });
    const { client, calls } = faultyClient({
      before: ({ command }) => (command === 'TransactWriteItemsCommand' ? busy : undefined),
    });
    await expect(sealingOn(client).seal(someItems(3))).rejects.toMatchObject({ code: 'AlreadyExists' });
    expect(calls.filter(({ command }) => command === 'TransactWriteItemsCommand')).toHaveLength(12);
  });
});

describe('checkpoints', () => {
  it('[AUD-5] of many makers at once are one chain, each in the archive as it is recorded', async () => {
    const archive = new Map<number, string>();
    const makers = Array.from({ length: 5 }, () => signingOn(sealingOn(), archive));
    for (let round = 0; round < 4; round += 1) {
      await sealingOn().seal(someItems(7));
      await Promise.all(makers.map((make) => make(0)));
    }
    const all = await chain();
    expect(all.map(({ size }) => size)).toEqual([7, 14, 21, 28]);
    expect(await chainFaults()).toEqual([]);
    expect([...archive.values()].map((text) => JSON.parse(text))).toEqual(all);
  });

  it('[AUD-5] are not made while the last is young, nor when nothing was added', async () => {
    const make = signingOn(sealingOn(), new Map());
    expect(await make(0)).toBeUndefined();
    await sealingOn().seal(someItems(1));
    expect(await make(60)).toMatchObject({ number: 1 });
    await sealingOn().seal(someItems(1));
    expect(await make(60)).toBeUndefined();
    expect(await signingOn(sealingOn(), new Map())(60)).toBeUndefined();
    expect(await make(0)).toMatchObject({ number: 2, size: 2 });
    expect(await make(0)).toBeUndefined();
  });

  it('[AUD-5] one that was recorded and not locked, as its maker died, is locked before the next is made', async () => {
    const archive = new Map<number, string>();
    await sealingOn().seal(someItems(3));
    const dying = signingOn(sealingOn(), {
      has: () => {
        throw new Crash();
      },
    } as unknown as Map<number, string>);
    await expect(dying(0)).rejects.toBeInstanceOf(Crash);
    expect([(await chain()).length, archive.size]).toEqual([1, 0]);
    expect(await signingOn(sealingOn(), archive)(0)).toBeUndefined();
    expect([...archive.keys()]).toEqual([1]);
    await sealingOn().seal(someItems(3));
    await signingOn(sealingOn(), archive)(0);
    expect([...archive.keys()]).toEqual([1, 2]);
  });

  it('[AUD-5] are refused to a tree that does not begin with the one that was signed', async () => {
    const items = someItems(40);
    const make = signingOn(sealingOn(), new Map());
    await sealingOn().seal(items.slice(0, 20));
    await make(0);
    await sealingOn().seal(items.slice(20));
    const honest = sealingOn();
    const forged = {
      ...honest,
      tree: {
        ...honest.tree,
        tiles: async (refs: Parameters<typeof honest.tree.tiles>[0]) => {
          const tiles = await honest.tree.tiles(refs);
          const [name, tile] = [...tiles][0]!;
          return new Map(tiles).set(name, { ...tile, hashes: tile.hashes.with(3, Buffer.alloc(32)) });
        },
      },
    };
    await expect(signingOn(forged, new Map())(0)).rejects.toThrow('does not begin with that of checkpoint 1');
    expect(await chain()).toHaveLength(1);
    expect(await make(0)).toMatchObject({ number: 2, size: 40 });
  });

  it('[AUD-5] by the clock sign what the end of a batch left, and measure how long it waited', async () => {
    const { tree, seal } = sealingOn();
    const checkpoint = signingOn(sealingOn(), new Map());
    const later = (): Date => new Date(Date.now() + 90_000);
    expect(await catchUp({ tree, checkpoint, now: later })).toEqual({ size: 0, lag: 0, signed: null });
    await seal(someItems(20));
    await checkpoint(0);
    await seal(someItems(30));
    const caught = await catchUp({ tree, checkpoint, now: later });
    expect(caught).toMatchObject({ size: 50, signed: 2 });
    expect(caught.lag).toBeGreaterThanOrEqual(89);
    expect(caught.lag).toBeLessThan(95);
    expect(await catchUp({ tree, checkpoint, now: later })).toEqual({ size: 50, lag: 0, signed: null });
  });

  it('[AUD-5] publish the key that they are signed with', async () => {
    await sealingOn().seal(someItems(1));
    await signingOn(sealingOn(), new Map())(0);
    const { key_id, pem } = key;
    expect(await treeStore(table).publicKeys()).toMatchObject([{ key_id, pem, algorithm: 'ECDSA_P256_SHA256' }]);
  });
});

describe('the deployed archiver', () => {
  beforeAll(async () => {
    expect(await importExample()).toMatchObject({ status: 200 });
  });
  afterAll(async () => {
    const { body } = await call('GET', '/audit/keys', { as: agentOf('product').id });
    expect(body.items).toHaveLength(1);
  });

  it('[AUD-5] seals an entry once, however often the stream delivers it, alone and at once with itself', async () => {
    const agent = agentOf('product').id;
    const { body } = await call('POST', '/decisions', { as: agent, body: aProposal('tactical_approach') });
    const before = await provenEntry(body.entry_id, agent);
    const [item] = await itemsOf(`decision/${body.id}`);
    const image = marshall(item, { removeUndefinedValues: true });
    const Records = [1, 2, 3].map((n) => ({
      eventName: 'INSERT',
      dynamodb: { Keys: {}, NewImage: image, SequenceNumber: `${n}`, id: randomUUID() },
    }));
    const deliver = () => invoke('platform-archiver', { Records });
    expect(await deliver()).toEqual({ answer: { batchItemFailures: [] } });
    await Promise.all([deliver(), deliver(), deliver()]);
    const after = await provenEntry(body.entry_id, agent);
    expect(after).toMatchObject({ leaf_index: before.leaf_index, leaf_hash: before.leaf_hash });
    const ids = [...(await leavesOf(world().state)).keys()];
    expect(new Set(ids).size).toBe(ids.length);
    expect(await treeFaults(world().state, [item!])).toEqual([]);
  });
});
