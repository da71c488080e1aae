import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectLockRetention, ObjectOwnership, StorageClass } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { type Config, removalOf } from '../config.ts';
import { EncryptionKey } from '../constructs/encryption-key.ts';
import { LedgerTable, StateTable } from '../constructs/governed-table.ts';
import { nameOf } from '../constructs/hosting.ts';

/** What must survive everything else: state, ledger, archive, and the keys that they rest under. */
export class DataStack extends Stack {
  readonly key: EncryptionKey;
  readonly receiptsKey: EncryptionKey;
  readonly cursorKey: Key;
  readonly state: StateTable;
  readonly ledger: LedgerTable;
  readonly archive: Bucket;

  constructor(scope: Construct, id: string, config: Config, props: StackProps) {
    super(scope, id, props);
    this.key = new EncryptionKey(this, 'Key', config, 'data', 'Tables and archive of Enterprise Orchestra');
    this.receiptsKey = new EncryptionKey(this, 'ReceiptsKey', config, 'receipts', 'Wraps the keys that sign receipts');
    this.cursorKey = new Key(this, 'CursorKey', {
      alias: nameOf(config, 'cursors'),
      description: 'Authenticates the cursors of lists',
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy: removalOf(config),
    });
    this.state = new StateTable(this, 'State', { config, key: this.key });
    this.ledger = new LedgerTable(this, 'Ledger', { config, key: this.key });
    this.archive = this.archiveBucket(config);
    new CfnOutput(this, 'StateTable', { value: this.state.table.tableName });
    new CfnOutput(this, 'LedgerTable', { value: this.ledger.table.tableName });
    new CfnOutput(this, 'ArchiveBucket', { value: this.archive.bucketName });
  }

  /** Cursors of lists. */
  allowCursors(to: IGrantable): void {
    const actions = ['kms:GenerateMac', 'kms:VerifyMac'];
    to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [this.cursorKey.keyArn] }));
  }

  /** Makes signing keys for receipts, and unwraps them. */
  allowReceipts(to: IGrantable): void {
    to.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['kms:GenerateDataKeyPairWithoutPlaintext', 'kms:Decrypt'],
        resources: [this.receiptsKey.keyArn],
        conditions: { StringEquals: { 'kms:EncryptionContext:purpose': 'receipts' } },
      }),
    );
  }

  /** Adds objects to the archive and reads them back. Nobody is given the right to delete or to shorten a lock. */
  allowArchive(to: IGrantable): void {
    const objects = ['s3:PutObject', 's3:PutObjectRetention', 's3:PutObjectLegalHold', 's3:GetObject', 's3:GetObjectRetention'];
    const grant = (actions: string[], resource: string): void => {
      to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [resource] }));
    };
    grant(objects, this.archive.arnForObjects('*'));
    grant(['s3:ListBucket'], this.archive.bucketArn);
    to.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [this.key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `s3.${this.region}.amazonaws.com` } },
      }),
    );
  }

  private archiveBucket(config: Config): Bucket {
    const common = {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      removalPolicy: removalOf(config),
    };
    const accessLogs = new Bucket(this, 'ArchiveAccessLogs', {
      ...common,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: Duration.days(config.log_retention_days), noncurrentVersionExpiration: Duration.days(1) }],
    });
    const { mode, days } = config.archive_lock;
    const lockFor = Duration.days(days);
    return new Bucket(this, 'Archive', {
      ...common,
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      objectLockEnabled: true,
      objectLockDefaultRetention:
        mode === 'COMPLIANCE' ? ObjectLockRetention.compliance(lockFor) : ObjectLockRetention.governance(lockFor),
      lifecycleRules: [{ transitions: [{ storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(90) }] }],
      // CDK declares the class looser than its own interface under exactOptionalPropertyTypes.
      serverAccessLogsBucket: accessLogs as IBucket,
    });
  }
}
