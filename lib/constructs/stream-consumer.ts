import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { ControlFunction } from './control-function.ts';
import type { LedgerTable } from './governed-table.ts';

export type StreamConsumerProps = {
  ledger: LedgerTable;
  consumer: ControlFunction;
  /** Lambda event filters; a record that matches any of them is delivered. */
  filters: readonly Record<string, unknown>[];
};

/**
 * Feeds a function from the ledger's stream, in order per partition. A batch that keeps failing is halved until the poison
 * record stands alone; the position of that record goes to the function's dead letters.
 */
export class StreamConsumer extends Construct {
  readonly consumer: ControlFunction;

  constructor(scope: Construct, id: string, { ledger, consumer, filters }: StreamConsumerProps) {
    super(scope, id);
    this.consumer = consumer;
    const { streamArn } = ledger;
    const actions = [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ];
    consumer.role.addToPolicy(new PolicyStatement({ actions, resources: [streamArn] }));
    ledger.allowDecrypt(consumer);
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: consumer.lambda,
      eventSourceArn: streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: 10,
      // The stream forgets after a day; what cannot be delivered by then must have become a letter before.
      maxRecordAge: Duration.hours(20),
      parallelizationFactor: 1,
      onFailure: { bind: () => ({ destination: consumer.deadLetters.queueArn }) },
      filters: filters.map((filter) => FilterCriteria.filter(filter)),
    });
    // Lambda checks the role's rights when the mapping is made.
    mapping.node.addDependency(consumer.role);
  }
}
