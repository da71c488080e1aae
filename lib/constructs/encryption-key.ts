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
    this.allow(service, ['kms:Decrypt', 'kms:GenerateDataKey'], {
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
    });
  }

  /** Lets EventBridge encrypt buses and archives of this account whose names match, by the context that it names. */
  allowBuses(name: string): void {
    const buses = `arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:event-bus/${name}`;
    const actions = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
    this.allow('events.amazonaws.com', actions, {
      ArnLike: { 'kms:EncryptionContext:aws:events:event-bus:arn': buses },
    });
    // Asked before there is anything to encrypt, so without a context.
    this.allow('events.amazonaws.com', ['kms:DescribeKey'], {});
  }

  /** Lets CloudWatch Logs encrypt log groups of this account whose names match. */
  allowLogs(...names: string[]): void {
    const logs = `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group`;
    const sealing = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:GenerateDataKey'];
    this.allow(`logs.${Aws.REGION}.amazonaws.com`, [...sealing, 'kms:DescribeKey'], {
      ArnLike: { 'kms:EncryptionContext:aws:logs:arn': names.map((name) => `${logs}:${name}`) },
    });
  }

  private allow(service: string, actions: string[], conditions: Record<string, unknown>): void {
    const principals = [new ServicePrincipal(service)];
    this.addToResourcePolicy(new PolicyStatement({ principals, actions, resources: ['*'], conditions }));
  }
}
