import {
  DescribeImportCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  ImportTableCommand,
  type TableCreationParameters,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Item } from '../../functions/shared/dynamo.ts';

const bucket = 'orchestra-bench-imports';
/** Items in one object of the import, some tens of MB. */
const objectItems = 10_000;

/**
 * A table that holds the items, with the keys and indexes of a deployed one, and without its stream: nothing reacts to what
 * is loaded. Made by DynamoDB's own import, which is several times quicker than writing in batches.
 */
export async function importTable(
  client: DynamoDBClient,
  deployed: string,
  name: string,
  items: Iterable<Item>,
): Promise<string> {
  const s3 = new S3Client({ forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  let part = 0;
  for (const lines of linesOf(items)) {
    await s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: `${name}/${String(part).padStart(4, '0')}`, Body: lines }),
    );
    part += 1;
  }
  s3.destroy();
  const { ImportTableDescription } = await client.send(
    new ImportTableCommand({
      S3BucketSource: { S3Bucket: bucket, S3KeyPrefix: `${name}/` },
      InputFormat: 'DYNAMODB_JSON',
      TableCreationParameters: await copyOf(client, deployed, name),
    }),
  );
  await finished(client, ImportTableDescription?.ImportArn);
  return name;
}

async function copyOf(client: DynamoDBClient, deployed: string, TableName: string): Promise<TableCreationParameters> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: deployed }));
  if (!Table) throw new Error(`${deployed} is not there`);
  const { KeySchema, AttributeDefinitions } = Table;
  const GlobalSecondaryIndexes = indexesOf(Table);
  return { TableName, BillingMode: 'PAY_PER_REQUEST', KeySchema, AttributeDefinitions, GlobalSecondaryIndexes };
}

const indexesOf = ({ GlobalSecondaryIndexes = [] }: TableDescription): GlobalSecondaryIndex[] =>
  GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }));

function* linesOf(items: Iterable<Item>): Generator<string, void, undefined> {
  let lines: string[] = [];
  for (const item of items) {
    lines.push(JSON.stringify({ Item: marshall(item, { removeUndefinedValues: true }) }));
    if (lines.length < objectItems) continue;
    yield lines.join('\n');
    lines = [];
  }
  if (lines.length > 0) yield lines.join('\n');
}

async function finished(client: DynamoDBClient, ImportArn: string | undefined): Promise<void> {
  for (;;) {
    const { ImportTableDescription } = await client.send(new DescribeImportCommand({ ImportArn }));
    const { ImportStatus, FailureMessage = '' } = ImportTableDescription ?? {};
    if (ImportStatus === 'COMPLETED') return;
    if (ImportStatus !== 'IN_PROGRESS') throw new Error(`the import ended as ${ImportStatus}: ${FailureMessage}`);
    await sleep(100);
  }
}
