import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

const logger = new Logger();
const dynamo = new DynamoDBClient({});

/** The least that a function of ours could be: one SDK client and the logger; it reads a record and says so. */
export const handler = async (key: { pk: string; sk: string }): Promise<{ found: boolean }> => {
  const Key = { pk: { S: key.pk }, sk: { S: key.sk } };
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: process.env.STATE_TABLE, Key, ConsistentRead: true }),
  );
  logger.info('request', { status: 200 });
  return { found: Item !== undefined };
};
