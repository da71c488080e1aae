import { randomUUID } from 'node:crypto';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand, LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { CloudEvent } from '../../functions/shared/events.ts';
import { functionName } from './functions.ts';
import { eventually, world } from './world.ts';

/** What EventBridge delivers. */
export type Envelope = {
  id: string;
  'detail-type': string;
  source: string;
  detail: CloudEvent;
  [field: string]: unknown;
};

const service = (name: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: name }, Action: 'sqs:SendMessage', Resource: '*' }],
  });

async function queueFor(sender: string): Promise<{ url: string; arn: string }> {
  world();
  const sqs = new SQSClient({});
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `test-${randomUUID()}` }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy: service(sender) } }));
  const asked = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] });
  return { url, arn: (await sqs.send(asked)).Attributes?.QueueArn ?? '' };
}

/** URL of the queue of what a deployed function failed on. */
export async function deadLettersOf(label: string): Promise<string> {
  world();
  const asked = new GetFunctionConfigurationCommand({ FunctionName: functionName(label) });
  const { DeadLetterConfig } = await new LambdaClient({}).send(asked);
  const QueueName = DeadLetterConfig?.TargetArn?.split(':').at(-1);
  return (await new SQSClient({}).send(new GetQueueUrlCommand({ QueueName }))).QueueUrl ?? '';
}

/** The queue that feeds a deployed function, and the one where its messages end that nobody could handle. */
export async function queueBehind(label: string): Promise<{ url: string; letters: string }> {
  world();
  const sqs = new SQSClient({});
  const urlOf = async (arn = ''): Promise<string> => {
    const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: arn.split(':').at(-1) }));
    return QueueUrl;
  };
  const asked = new ListEventSourceMappingsCommand({ FunctionName: functionName(label) });
  const { EventSourceMappings: [mapping] = [] } = await new LambdaClient({}).send(asked);
  const url = await urlOf(mapping?.EventSourceArn);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['RedrivePolicy'] }),
  );
  const { deadLetterTargetArn } = JSON.parse(Attributes?.RedrivePolicy ?? '{}') as { deadLetterTargetArn?: string };
  return { url, letters: await urlOf(deadLetterTargetArn) };
}

/** Takes every message that is there out of a queue. */
export async function drain(url: string): Promise<string[]> {
  world();
  const sqs = new SQSClient({});
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body = '' }) => Body));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
  }
}

/** Everything that has come so far, in the order in which it came. */
export type Ear<M> = {
  heard: () => Promise<M[]>;
  /** Waits until at least this many have come that pass. */
  until: (count: number, passes?: (message: M) => boolean) => Promise<M[]>;
};

function earOf<M>(url: string, parse: (body: string) => M): Ear<M> {
  const all: M[] = [];
  const heard = async (): Promise<M[]> => {
    all.push(...(await drain(url)).map(parse));
    return [...all];
  };
  return {
    heard,
    until: (count, passes = () => true) =>
      eventually(`${count} messages`, async () => {
        const found = (await heard()).filter(passes);
        return found.length >= count ? found : undefined;
      }),
  };
}

/** Hears what comes onto the bus of a domain (or `enterprise`) from now on, as far as the pattern matches. */
export async function listenTo(domain: string, pattern: Record<string, unknown> = {}): Promise<Ear<Envelope>> {
  const { url, arn } = await queueFor('events.amazonaws.com');
  const bus = { EventBusName: `orchestra-local-${domain}` };
  const rule = `test-${randomUUID()}`;
  const events = new EventBridgeClient({});
  const EventPattern = JSON.stringify({ source: ['orchestra'], ...pattern });
  await events.send(new PutRuleCommand({ ...bus, Name: rule, EventPattern }));
  await events.send(new PutTargetsCommand({ ...bus, Rule: rule, Targets: [{ Id: 'queue', Arn: arn }] }));
  return earOf(url, (body) => JSON.parse(body) as Envelope);
}

/** Hears what is published to a topic from now on: the message of each notification. */
export async function subscribeTo(topicArn: string): Promise<Ear<string>> {
  const { url, arn } = await queueFor('sns.amazonaws.com');
  await new SNSClient({}).send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: arn }));
  return earOf(url, (body) => (JSON.parse(body) as { Message: string }).Message);
}
