import { readFileSync } from 'node:fs';
import { DescribeKeyCommand, KMSClient, paginateListAliases } from '@aws-sdk/client-kms';
import {
  type EventSourceMappingConfiguration,
  LambdaClient,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Deployment } from './global-setup.ts';
import type { AwsCall, Deployed } from './iam.ts';
import { world } from './world.ts';

/**
 * What the functions asked of AWS while the tests ran: of the calls that differ only in the ids and numbers of records, which no
 * policy names, the first. Calls on other clouds count as calls of the same on this one.
 */
export async function recordedCalls(functions: readonly Deployed[]): Promise<AwsCall[]> {
  const { deployment, others } = world();
  const names = new Set(functions.map(({ name }) => name));
  const calls = new Map<string, AwsCall>();
  const read = (file: string, here: (line: string) => string): void => {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line === '') continue;
      const { function: name, action, resource, context } = JSON.parse(here(line)) as AwsCall;
      // Calls of the CDK and of the tests themselves are in the file too.
      if (!names.has(name)) continue;
      const kind = JSON.stringify([name, action, kindOf(resource), contextKind(context)]);
      if (!calls.has(kind)) calls.set(kind, { function: name, action, resource, context });
    }
  };
  read(deployment.callsFile, (line) => line);
  for (const other of others) read(other.callsFile, await translation(other, deployment));
  return [...calls.values()];
}

/** Names of one cloud's resources in a text become those that the same have on another. */
async function translation(from: Deployment, to: Deployment): Promise<(text: string) => string> {
  const names = await generatedNames(to);
  const pairs = [...(await generatedNames(from))].map(([key, name]) => [name, names.get(key) ?? name] as const);
  return (text) => pairs.reduce((translated, [name, here]) => translated.replaceAll(name, here), text);
}

/** What the cloud has made names for: what the stacks put out, and the keys by their aliases. */
async function generatedNames({ outputs, cloudEnv }: Deployment): Promise<Map<string, string>> {
  const kms = new KMSClient({ endpoint: cloudEnv['AWS_ENDPOINT_URL'] ?? '' });
  const names = new Map(Object.values(outputs).flatMap((stack) => Object.entries(stack)));
  for await (const { Aliases = [] } of paginateListAliases({ client: kms }, {}))
    for (const { AliasName = '', TargetKeyId } of Aliases) if (TargetKeyId) names.set(AliasName, TargetKeyId);
  return names;
}

const recordIds = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}|\d+/g;
const anonymous = (text: string): string => text.replaceAll(recordIds, '0');

/** Objects are records; of anything else, the number tells an index or a key from another. */
const kindOf = (resource: string): string => (resource.startsWith('arn:aws:s3:') ? anonymous(resource) : resource);

/** A condition asks for each of several keys the same: how many there are makes no difference. */
const contextKind = (context: AwsCall['context']): unknown =>
  Object.entries(context)
    .toSorted(([one], [other]) => one.localeCompare(other, 'en'))
    .map(([key, value]) => [key, [...new Set([value].flat().map(anonymous))].toSorted()]);

type Ask = (action: string, resource: string, context?: AwsCall['context']) => AwsCall;

/**
 * What AWS does with a function's role and the local cloud does on its own account: Lambda writes logs and traces, polls
 * streams and queues and sends what failed to the dead letters; tables, buckets and queues ask KMS for their keys.
 */
export async function impliedCalls(functions: readonly Deployed[], recorded: readonly AwsCall[]): Promise<AwsCall[]> {
  const mappings = await eventSources();
  const calls: AwsCall[] = [];
  for (const { name, configuration } of functions) {
    const ask: Ask = (action, resource, context = {}) => ({ function: name, action, resource, context });
    const arn = configuration.FunctionArn ?? '';
    const logs = arn.replace(/:lambda:(.*):function:.*/, `:logs:$1:log-group:${configuration.LoggingConfig?.LogGroup}`);
    calls.push(ask('logs:CreateLogStream', `${logs}:log-stream:x`), ask('logs:PutLogEvents', `${logs}:log-stream:x`));
    if (configuration.TracingConfig?.Mode === 'Active') {
      calls.push(ask('xray:PutTraceSegments', '*'), ask('xray:PutTelemetryRecords', '*'));
    }
    const mine = mappings.filter(({ FunctionArn }) => FunctionArn?.startsWith(arn));
    const failures = mine.map(({ DestinationConfig }) => DestinationConfig?.OnFailure?.Destination);
    for (const queue of new Set([configuration.DeadLetterConfig?.TargetArn, ...failures])) {
      if (queue)
        calls.push(
          ask('sqs:SendMessage', queue),
          ...(await throughQueue(ask, queue, 'kms:GenerateDataKey', 'kms:Decrypt')),
        );
    }
    for (const { EventSourceArn = '' } of mine) calls.push(...(await polling(ask, EventSourceArn)));
    const used = new Map(
      recorded
        .filter((call) => call.function === name)
        .map((call) => [`${call.action} ${ownerOf(call.resource)}`, call]),
    );
    for (const call of used.values()) calls.push(...(await encryption(ask, call)));
  }
  return [...new Map(calls.map((call) => [JSON.stringify(call), call])).values()];
}

async function eventSources(): Promise<EventSourceMappingConfiguration[]> {
  const found: EventSourceMappingConfiguration[] = [];
  for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings(
    { client: new LambdaClient({}) },
    {},
  )) {
    found.push(...EventSourceMappings);
  }
  return found;
}

async function polling(ask: Ask, source: string): Promise<AwsCall[]> {
  if (source.includes(':sqs:')) {
    const actions = [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ChangeMessageVisibility',
      'sqs:GetQueueUrl',
    ];
    return [...actions.map((action) => ask(action, source)), ...(await throughQueue(ask, source, 'kms:Decrypt'))];
  }
  const actions = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];
  const table = source.split('/stream/')[0] ?? source;
  return [
    ...actions.map((action) => ask(action, source)),
    ...(await encryption(ask, { ...ask('dynamodb:GetItem', table) })),
  ];
}

const via = (service: string, resource: string): AwsCall['context'] => ({
  'kms:ViaService': `${service}.${resource.split(':')[3] || 'us-east-1'}.amazonaws.com`,
});

/** Table of an index, bucket of an object. */
const ownerOf = (resource: string): string =>
  resource.replace(/\/(index|stream)\/.*/, '').replace(/^(arn:aws:s3:::[^/]+).*/, '$1');

/** The key that the tables and the archive rest under is used in the name of who calls them. */
async function encryption(ask: Ask, { action, resource }: AwsCall): Promise<AwsCall[]> {
  const key = await dataKey();
  if (action.startsWith('dynamodb:')) return [ask('kms:Decrypt', key, via('dynamodb', resource))];
  if (action === 's3:PutObject') return [ask('kms:GenerateDataKey', key, via('s3', key))];
  return action === 's3:GetObject' ? [ask('kms:Decrypt', key, via('s3', key))] : [];
}

async function throughQueue(ask: Ask, queue: string, ...actions: string[]): Promise<AwsCall[]> {
  const key = await queueKey(queue);
  return key ? actions.map((action) => ask(action, key, via('sqs', queue))) : [];
}

const known = new Map<string, Promise<string | undefined>>();

const once = (resource: string, ask: () => Promise<string | undefined>): Promise<string | undefined> => {
  const found = known.get(resource) ?? ask();
  known.set(resource, found);
  return found;
};

/** The local cloud forgets which key a table or bucket has; that it is this one is proven on the template. */
const dataKey = async (): Promise<string> => {
  const arn = await once('data', async () => {
    const { KeyMetadata } = await new KMSClient({}).send(
      new DescribeKeyCommand({ KeyId: 'alias/orchestra-local-data' }),
    );
    return KeyMetadata?.Arn;
  });
  if (arn === undefined) throw new Error('there is no data key');
  return arn;
};

const queueKey = (arn: string): Promise<string | undefined> =>
  once(arn, async () => {
    const sqs = new SQSClient({});
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: arn.split(':').at(-1) }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['KmsMasterKeyId'] }),
    );
    return Attributes?.KmsMasterKeyId;
  });
