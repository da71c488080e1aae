import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import type { Item } from '../shared/dynamo.ts';

/** What happened to one item of the ledger; an image that cannot be read is undefined. */
export type StreamChange = {
  position: string;
  name: 'INSERT' | 'MODIFY' | 'REMOVE' | undefined;
  before: Item | undefined;
  after: Item | undefined;
  /** DynamoDB itself removed the item, because its TTL was over. */
  byTtl: boolean;
};

export function changeOf(record: DynamoDBRecord): StreamChange {
  const { dynamodb, eventName } = record;
  const remover = record.userIdentity as { principalId?: string } | undefined;
  return {
    position: dynamodb?.SequenceNumber ?? '',
    name: eventName,
    before: itemOf(dynamodb?.OldImage),
    after: itemOf(dynamodb?.NewImage),
    byTtl: remover?.principalId === 'dynamodb.amazonaws.com',
  };
}

function itemOf(image: NonNullable<DynamoDBRecord['dynamodb']>['NewImage']): Item | undefined {
  try {
    return image && unmarshall(image as Record<string, AttributeValue>);
  } catch {
    return undefined;
  }
}

/**
 * Tells the event source where to go on: at the first record that failed, so what follows is handled once more (at
 * least once, never lost). A batch of which nothing succeeded is thrown back as a whole, which is the same to AWS, and
 * the only failure that an event source without partial answers (such as MiniStack's) notices.
 */
export function batchAnswer(changes: readonly StreamChange[], failed: ReadonlySet<string>): DynamoDBBatchResponse {
  const first = changes.find(({ position }) => failed.has(position));
  if (!first) return { batchItemFailures: [] };
  if (failed.size >= changes.length) throw new Error(`none of ${changes.length} records could be handled`);
  return { batchItemFailures: [{ itemIdentifier: first.position }] };
}
