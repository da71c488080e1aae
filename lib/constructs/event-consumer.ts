import { Duration } from 'aws-cdk-lib';
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../guardrails/acknowledge.ts';
import type { ControlFunction } from './control-function.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Hosting } from './hosting.ts';

export type EventConsumerProps = {
  hosting: Hosting;
  consumer: ControlFunction;
  /** Event types, as the contract of the slice that raises them declares them. */
  on: readonly { type: string }[];
  /** Buses by the domain (or `enterprise`) whose events they carry. */
  buses: Readonly<Record<string, EventBus>>;
};

/** Brings events of every domain to one function: rules → queue → function, and dead letters after five attempts. */
export class EventConsumer extends Construct {
  readonly consumer: ControlFunction;
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { hosting, consumer, on, buses }: EventConsumerProps) {
    super(scope, id);
    this.consumer = consumer;
    const deadLetters = new DeadLetters(this, 'DeadLetters', hosting.key);
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: hosting.key,
      dataKeyReuse: Duration.hours(1),
      enforceSSL: true,
      // Lambda's own advice: six times the timeout, so that retries of a throttled poll do not deliver twice.
      visibilityTimeout: Duration.seconds(consumer.timeout.toSeconds() * 6),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
    });
    const types = on.map(({ type }) => type);
    for (const [domain, eventBus] of Object.entries(buses)) {
      new Rule(this, `From-${domain}`, {
        eventBus,
        description: `Events of ${domain} to ${consumer.label}`,
        // Only events at home on the bus: a copy that crossed from another domain would arrive twice.
        eventPattern: { detail: { type: types, domain: [domain] } },
        targets: [new SqsQueue(this.queue, { deadLetterQueue: deadLetters })],
      });
    }
    this.queue.grantConsumeMessages(consumer);
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: consumer.lambda,
      eventSourceArn: this.queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      maxConcurrency: 10,
    });
    // Lambda checks the role's rights when the mapping is made.
    mapping.node.addDependency(consumer.role);
    acknowledge(
      mapping,
      ['Serverless-LambdaEventSourceMappingDestination'],
      'Lambda offers no failure destination for SQS; the redrive policy of the queue brings what failed five times to its dead letters.',
    );
  }
}
