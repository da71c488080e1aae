import { Aws } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { type Config, removalOf } from '../config.ts';
import { nameOf } from './hosting.ts';

/** Customer-managed key, rotated yearly, under `alias/orchestra-<env>-<name>`. */
export class EncryptionKey extends Key {
  constructor(scope: Construct, id: string, config: Config, name: string, description: string) {
    super(scope, id, {
      alias: nameOf(config, name),
      description,
      enableKeyRotation: true,
      removalPolicy: removalOf(config),
    });
  }

  /** Lets an AWS service use the key on behalf of resources of this account. */
  allowService(service: string): void {
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(service)],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
  }

  /** Lets CloudWatch Logs encrypt log groups of this account whose names match. */
  allowLogs(...names: string[]): void {
    const logs = `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group`;
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
        actions: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
          'kms:GenerateDataKey',
          'kms:DescribeKey',
        ],
        resources: ['*'],
        conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': names.map((name) => `${logs}:${name}`) } },
      }),
    );
  }
}
