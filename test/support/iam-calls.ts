import { readFileSync } from 'node:fs';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  type EventSourceMappingConfiguration,
  LambdaClient,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AwsCall, Deployed } from './iam.ts';

/** What the functions asked of AWS while the tests ran, each different call once. */
export function recordedCalls(callsFile: string, functions: readonly Deployed[]): AwsCall[] {
  const names = new Set(functions.map(({ name }) => name));
  const lines = new Set<string>();
  for (const line of readFileSync(callsFile, 'utf8').split('\n')) {
    if (line === '') continue;
    const { function: name, action, resource, context } = JSON.parse(line) as AwsCall;
    // Calls of the CDK and of the tests themselves are in the file too.
    if (names.has(name)) lines.add(JSON.stringify({ function: name, action, resource, context }));
  }
  return [...lines].map((line) => JSON.parse(line) as AwsCall);
}

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
