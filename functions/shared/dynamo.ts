import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Adjustment, expressionsOf, requirementOf, type Where } from './adjust.ts';
import { Problem, throttles } from './errors.ts';

export type Key = { pk: string; sk: string };
export type Item = Record<string, unknown>;
export type Index = 'gsi1' | 'gsi2' | 'by-agent' | 'by-subject';

export type Question = {
  index?: Index;
  /** Name and value of the partition key. */
  partition: readonly [name: string, value: string];
  /** Sort key name and bounds, both inclusive; or a prefix. */
  sort?: { name: string; from?: string; to?: string; prefix?: string };
  newestFirst?: boolean;
  limit?: number;
  /** Read after this key (exclusive). */
  after?: Item | undefined;
};

const storeAttribute = /^(pk|sk|ttl|gsi[12](pk|sk))$/;

/** A record without what its store added to it: keys, index keys and time to live. */
export const bare = (item: Item): Item =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !storeAttribute.test(name)));

const marshalled = (value: Item): Record<string, AttributeValue> =>
  marshall(value, { removeUndefinedValues: true, convertTopLevelContainer: false });

const batchLimit = 100;
const attempts = 4;

/** Reads and transactions over one table. Stores are built on it; operations never see it. */
export type Table = {
  /** Consistent batched read in one round trip per 100 keys; answers in the order of the keys. */
  getMany: (keys: readonly Key[]) => Promise<(Item | undefined)[]>;
  /** Up to 100 records as they all were at one instant, in the order of the keys; costs twice a consistent read. */
  snapshot: (keys: readonly Key[]) => Promise<(Item | undefined)[]>;
  query: (question: Question) => Promise<{ items: Item[]; last: Item | undefined }>;
  name: string;
};

export const tableOf = (client: DynamoDBClient, name: string): Table => ({
  name,
  getMany: (keys) => getMany(client, name, keys),
  snapshot: (keys) => snapshot(client, name, keys),
  query: (question) => query(client, name, question),
});

async function getMany(client: DynamoDBClient, table: string, keys: readonly Key[]): Promise<(Item | undefined)[]> {
  const id = (key: Key): string => `${key.pk}\u0000${key.sk}`;
  const unique = [...new Map(keys.map((key) => [id(key), key])).values()];
  const chunks: Key[][] = [];
  for (let at = 0; at < unique.length; at += batchLimit) chunks.push(unique.slice(at, at + batchLimit));
  const found = new Map<string, Item>();
  const read = async (chunk: Key[]): Promise<void> => {
    for (const item of await getChunk(client, table, chunk)) found.set(id(item as Key), item);
  };
  await Promise.all(chunks.map(read));
  return keys.map((key) => found.get(id(key)));
}

async function getChunk(client: DynamoDBClient, table: string, keys: Key[]): Promise<Item[]> {
  const items: Item[] = [];
  let wanted = keys.map((key) => marshalled({ pk: key.pk, sk: key.sk }));
  for (let attempt = 0; wanted.length > 0; attempt += 1) {
    // Part of a batch may come back unread under load; giving up quietly would look like absent records.
    if (attempt === attempts) throw new Problem('Overloaded', 'Some records could not be read in time.', retryLater);
    if (attempt > 0) await sleep(backoff(attempt));
    const reply = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: wanted, ConsistentRead: true } } }),
    );
    for (const item of reply.Responses?.[table] ?? []) items.push(unmarshall(item));
    wanted = reply.UnprocessedKeys?.[table]?.Keys ?? [];
  }
  return items;
}

async function snapshot(client: DynamoDBClient, table: string, keys: readonly Key[]): Promise<(Item | undefined)[]> {
  const TransactItems = keys.map(({ pk, sk }) => ({ Get: { TableName: table, Key: marshalled({ pk, sk }) } }));
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { Responses = [] } = await client.send(new TransactGetItemsCommand({ TransactItems }));
      return Responses.map(({ Item: item }) => item && unmarshall(item));
    } catch (error) {
      if ((error as Error).name !== 'TransactionCanceledException') throw error;
      // A record that is being written at this instant has no value that could be told.
      if (attempt === attempts) throw new Problem('RequestInFlight', 'The records keep being changed.', retryLater);
      await sleep(backoff(attempt));
    }
  }
}

async function query(client: DynamoDBClient, table: string, question: Question): ReturnType<Table['query']> {
  const reply = await client.send(new QueryCommand(queryInput(table, question)));
  return {
    items: (reply.Items ?? []).map((item) => unmarshall(item)),
    last: reply.LastEvaluatedKey ? unmarshall(reply.LastEvaluatedKey) : undefined,
  };
}

function queryInput(table: string, question: Question): QueryCommandInput {
  const { sort } = question;
  const names: Record<string, string> = { '#p': question.partition[0] };
  const values: Item = { ':p': question.partition[1] };
  const clauses = ['#p = :p'];
  if (sort?.prefix !== undefined) {
    clauses.push('begins_with(#s, :prefix)');
    values[':prefix'] = sort.prefix;
  } else if (sort?.from !== undefined && sort.to !== undefined) {
    clauses.push('#s BETWEEN :from AND :to');
    Object.assign(values, { ':from': sort.from, ':to': sort.to });
  } else if (sort?.from !== undefined) {
    clauses.push('#s >= :from');
    values[':from'] = sort.from;
  } else if (sort?.to !== undefined) {
    clauses.push('#s <= :to');
    values[':to'] = sort.to;
  }
  if (sort && clauses.length > 1) names['#s'] = sort.name;
  return {
    TableName: table,
    ...(question.index ? { IndexName: question.index } : { ConsistentRead: true }),
    KeyConditionExpression: clauses.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: marshalled(values),
    ScanIndexForward: !question.newestFirst,
    ...(question.limit === undefined ? {} : { Limit: question.limit }),
    ...(question.after ? { ExclusiveStartKey: marshalled(question.after) } : {}),
  };
}

/** One member of a transaction. `version` is the one that the stored item must have. */
export type Write =
  /** `expired` takes the place of a record whose TTL is over but that DynamoDB has not removed yet. */
  | { kind: 'create'; key: Key; item: Item; expired?: { at: number } }
  | { kind: 'replace'; key: Key; item: Item; version: number }
  /** Counters: changed in place, on their own conditions. */
  | ({ kind: 'adjust'; key: Key } & Adjustment)
  | { kind: 'check'; key: Key; version: number }
  /** What a change of counters relies on beside them: where it is otherwise, the change is planned anew. */
  | { kind: 'require'; key: Key; where: readonly Where[] }
  /** Derived rows (index pointers), which follow their versioned owner in the same transaction. */
  | { kind: 'put'; key: Key; item: Item }
  | { kind: 'remove'; key: Key; version?: number };

/** Transaction member for a table. */
export function member(table: string, write: Write): TransactWriteItem {
  if (write.kind === 'remove') {
    const { key, version } = write;
    return { Delete: { TableName: table, Key: marshalled(key), ...(version ? atVersion(version) : {}) } };
  }
  if (write.kind === 'adjust') return { Update: { TableName: table, Key: marshalled(write.key), ...inPlace(write) } };
  if (write.kind === 'require') {
    const required = conditional(requirementOf(write.where));
    return { ConditionCheck: { TableName: table, Key: marshalled(write.key), ...required } };
  }
  if (write.kind === 'check') {
    return { ConditionCheck: { TableName: table, Key: marshalled(write.key), ...atVersion(write.version) } };
  }
  const put = { TableName: table, Item: marshalled({ ...write.item, ...write.key }) };
  if (write.kind === 'put') return { Put: put };
  if (write.kind === 'replace') return { Put: { ...put, ...atVersion(write.version) } };
  return { Put: { ...put, ...absent(write.expired), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } };
}

const conditional = ({ condition, names, values }: ReturnType<typeof requirementOf>) => ({
  ConditionExpression: condition,
  ExpressionAttributeNames: names,
  // Absence is required without a value, and DynamoDB takes no empty list of them.
  ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: marshalled(values) } : {}),
});

function inPlace(adjustment: Adjustment) {
  const expressions = expressionsOf(adjustment);
  return { UpdateExpression: expressions.update, ...conditional(expressions) };
}

const absent = (expired: { at: number } | undefined) =>
  expired
    ? {
        ConditionExpression: 'attribute_not_exists(pk) OR #ttl <= :at',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: marshalled({ ':at': expired.at }),
      }
    : { ConditionExpression: 'attribute_not_exists(pk)' };

const atVersion = (version: number) => ({
  ConditionExpression: '#version = :version',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: marshalled({ ':version': version }),
});

export type Cancelled = { index: number; code: string; stored: Item | undefined };

/**
 * Runs one transaction.
 * @returns the members that refused it; empty when everything was written
 * @throws Problem `RequestInFlight` when another transaction holds a record, `Overloaded` when throttled
 */
export async function transact(client: DynamoDBClient, items: TransactWriteItem[]): Promise<Cancelled[]> {
  for (let attempt = 1; ; attempt += 1) {
    const cancelled = await tryTransact(client, items);
    const refused = cancelled.filter((reason) => reason.code === 'ConditionalCheckFailed');
    if (cancelled.length === 0 || refused.length > 0) return refused;
    if (attempt < attempts) {
      await sleep(backoff(attempt));
      continue;
    }
    if (cancelled.some((reason) => reason.code === 'TransactionConflict')) {
      throw new Problem('RequestInFlight', 'Another request is changing the same records.', retryLater);
    }
    throw new Problem('Overloaded', `The transaction was refused: ${cancelled[0]?.code}.`, retryLater);
  }
}

const retryLater = { headers: { 'retry-after': '1' } };
const backoff = (attempt: number): number => Math.random() * 25 * 2 ** attempt;

type Cancellation = { name: string; CancellationReasons?: { Code?: string; Item?: Record<string, AttributeValue> }[] };

async function tryTransact(client: DynamoDBClient, items: TransactWriteItem[]): Promise<Cancelled[]> {
  try {
    await client.send(new TransactWriteItemsCommand({ TransactItems: items }));
    return [];
  } catch (error) {
    const { name, CancellationReasons } = error as Cancellation;
    if (name === 'TransactionCanceledException') return reasons(CancellationReasons ?? []);
    if (throttles.has(name)) return [{ index: -1, code: name, stored: undefined }];
    throw error;
  }
}

const reasons = (given: NonNullable<Cancellation['CancellationReasons']>): Cancelled[] =>
  given.flatMap((reason, index) =>
    reason.Code && reason.Code !== 'None'
      ? [{ index, code: reason.Code, stored: reason.Item ? unmarshall(reason.Item) : undefined }]
      : [],
  );
