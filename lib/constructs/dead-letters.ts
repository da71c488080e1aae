import { Duration } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from '../guardrails/acknowledge.ts';

/** Where messages end that nobody could handle: encrypted, kept for as long as SQS keeps any, alarmed on by its type. */
export class DeadLetters extends Queue {
  private readonly key: IKey;

  constructor(scope: Construct, id: string, key: IKey) {
    super(scope, id, {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      dataKeyReuse: Duration.hours(1),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.key = key;
    acknowledge(
      this,
      ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
      'This queue is itself the last stop of undeliverable messages: an alarm fires on the first one, and people redrive it.',
    );
  }

  /** Lets a role of this account put letters here. */
  allowSend(to: IGrantable): void {
    const grant = (actions: string[], resource: string): void => {
      to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [resource] }));
    };
    grant(['sqs:SendMessage'], this.queueArn);
    grant(['kms:GenerateDataKey', 'kms:Decrypt'], this.key.keyArn);
  }
}
