import { CreateTableCommand, DeleteTableCommand, paginateScan, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { randomUUID } from 'node:crypto';
import { hex, leafHash } from '../../functions/audit/merkle.ts';
import { type Leaf, treeStore } from '../../functions/audit/store-tree.ts';
import { emptyTree, grow, sealedText, tileName } from '../../functions/audit/tree-model.ts';
import { type Table, tableOf } from '../../functions/shared/dynamo.ts';
import { type EntryItem, entryOf } from '../../functions/shared/ledger.ts';
import { world } from './world.ts';

/** A table of its own on the local cloud, keyed like the state; `drop` removes it. */
export async function aTable(): Promise<{ table: Table; drop: () => Promise<void> }> {
  const { dynamo } = world();
  const TableName = `scratch-${randomUUID()}`;
  const keys = ['pk', 'sk'] as const;
  await dynamo.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    }),
  );
  await waitUntilTableExists({ client: dynamo, minDelay: 1, maxWaitTime: 20 }, { TableName });
  return {
    table: tableOf(dynamo, TableName),
    drop: async () => void (await dynamo.send(new DeleteTableCommand({ TableName }))),
  };
}

type Row = Record<string, unknown> & { pk: string };

async function treeRows(table: Table): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of paginateScan({ client: world().dynamo }, { TableName: table.name, ConsistentRead: true })) {
    rows.push(...(page.Items ?? []).map((item) => unmarshall(item) as Row));
  }
  return rows.filter(({ pk }) => pk.startsWith('audit#tree#'));
}

const leafPrefix = 'audit#tree#leaf#';

/** Every leaf record, by the id of its entry. */
export async function leavesOf(table: Table): Promise<Map<string, Leaf>> {
  const rows = (await treeRows(table)).filter(({ pk }) => pk.startsWith(leafPrefix));
  return new Map(rows.map((row) => [row.pk.slice(leafPrefix.length), row as unknown as Leaf]));
}

/**
 * What is wrong with the tree in a table: it must be the one that its leaves make, each index once; and every one of the
 * entries must have the leaf that it is to have.
 */
export async function treeFaults(table: Table, entries: readonly EntryItem[]): Promise<string[]> {
  const faults: string[] = [];
  const leaves = await leavesOf(table);
  const head = await treeStore(table).head();
  const inOrder = [...leaves].toSorted(([, a], [, b]) => a.index - b.index);
  if (inOrder.some(([, { index }], at) => index !== at)) faults.push('the leaves are not numbered from 0 without gaps');
  if (head.size !== leaves.size) faults.push(`the head has ${head.size} leaves, and there are ${leaves.size}`);
  const expected = grow(
    emptyTree,
    inOrder.map(([id, { hash }]) => ({ id, hash })),
  );
  const edge = (tree: typeof head): string => JSON.stringify([tree.edge.map((row) => row.map(hex)), tree.ids]);
  if (edge(head) !== edge(expected.tree)) faults.push('the edge of the head is not that of its leaves');
  const tiles = await treeStore(table).tiles(expected.tiles);
  for (const tile of expected.tiles) {
    const stored = tiles.get(tileName(tile));
    const same = stored && hex(Buffer.concat(stored.hashes)) === hex(Buffer.concat(tile.hashes));
    if (!same || stored.ids.join() !== tile.ids.join()) faults.push(`tile ${tileName(tile)} is not that of its leaves`);
  }
  for (const item of entries) {
    const leaf = leaves.get(item.id);
    if (!leaf) faults.push(`entry ${item.id} has no leaf`);
    else if (hex(leaf.hash) !== hex(leafHash(sealedText(entryOf(item)))) || leaf.entry_pk !== item.pk) {
      faults.push(`entry ${item.id} has the leaf of another`);
    }
  }
  return faults;
}
