import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type GlobalSecondaryIndex,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Item } from '../../functions/shared/dynamo.ts';

/** An empty table with the keys and indexes of a deployed one, and without its stream: nothing reacts to what is loaded. */
export async function copyTable(client: DynamoDBClient, deployed: string, name: string): Promise<string> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: deployed }));
  if (!Table) throw new Error(`${deployed} is not there`);
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: Table.KeySchema,
      AttributeDefinitions: Table.AttributeDefinitions,
      GlobalSecondaryIndexes: indexesOf(Table),
    }),
  );
  return name;
}

const indexesOf = ({ GlobalSecondaryIndexes = [] }: TableDescription): GlobalSecondaryIndex[] =>
  GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }));

const batchLimit = 25;
/** More in flight than this does not load faster: the local cloud works on one at a time. */
const lanes = 3;

/** Loads items as they come, in no order. They are made while the cloud works on the batches before. */
export async function load(client: DynamoDBClient, table: string, items: Iterator<Item>): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let batch = take(items); batch.length > 0; batch = take(items)) await write(client, table, batch);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function take(items: Iterator<Item>): Item[] {
  const batch: Item[] = [];
  while (batch.length < batchLimit) {
    const { value, done } = items.next();
    if (done) break;
    batch.push(value);
  }
  return batch;
}

async function write(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  const puts = items.map((item) => ({ PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) } }));
  const reply = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }));
  if (Object.keys(reply.UnprocessedItems ?? {}).length > 0) throw new Error(`${table} did not take a whole batch`);
}
