import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault } from 'aws-cdk-lib/aws-backup';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectLockRetention,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { type Config, removalOf } from '../config.ts';
import type { ControlFunction } from '../constructs/control-function.ts';
import { EncryptionKey } from '../constructs/encryption-key.ts';
import { LedgerTable, StateTable } from '../constructs/governed-table.ts';
import { nameOf } from '../constructs/hosting.ts';
import { acknowledge, acknowledgeWildcard, importedArn } from '../guardrails/acknowledge.ts';

/** What must survive everything else: state, ledger, archive, and the keys that they rest under. */
export class DataStack extends Stack {
  readonly key: EncryptionKey;
  readonly receiptsKey: EncryptionKey;
  readonly subjectsKey: EncryptionKey;
  readonly pseudonymKey: Key;
  readonly cursorKey: Key;
  readonly checkpointKey: Key;
  readonly state: StateTable;
  readonly ledger: LedgerTable;
  readonly archive: Bucket;

  constructor(scope: Construct, id: string, config: Config, props: StackProps) {
    super(scope, id, props);
    this.key = new EncryptionKey(this, 'Key', config, 'data', 'Tables and archive of Enterprise Orchestra');
    this.receiptsKey = new EncryptionKey(this, 'ReceiptsKey', config, 'receipts', 'Wraps the keys that sign receipts');
    this.subjectsKey = new EncryptionKey(this, 'SubjectsKey', config, 'subjects', 'Wraps the keys of data subjects');
    this.cursorKey = this.macKey(config, 'CursorKey', 'cursors', 'Authenticates the cursors of lists');
    this.pseudonymKey = this.macKey(config, 'PseudonymKey', 'pseudonyms', 'Makes the pseudonyms of data subjects');
    this.checkpointKey = new Key(this, 'CheckpointKey', {
      alias: nameOf(config, 'checkpoints'),
      description: 'Signs the checkpoints of the ledger',
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: removalOf(config),
    });
    this.state = new StateTable(this, 'State', { config, key: this.key });
    this.ledger = new LedgerTable(this, 'Ledger', { config, key: this.key });
    this.archive = this.archiveBucket(config);
    if (config.backup_days > 0) this.backups(config);
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

  /** Signs checkpoints, and reads the public half of the key. */
  allowSigning(to: IGrantable): void {
    const actions = ['kms:Sign', 'kms:GetPublicKey'];
    to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [this.checkpointKey.keyArn] }));
  }

  /**
   * Finds data subjects by their pseudonyms and opens what is sealed under their keys; makes keys too, if it seals, or
   * destroys them, if it erases. A key can be unwrapped for the subject that it was made for only.
   */
  allowDataSubjects(to: IGrantable, what: 'seal' | 'erase'): void {
    const seals = what === 'seal';
    const allow = (actions: string[], resource: string, conditions = {}): void => {
      to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [resource], conditions }));
    };
    allow(['kms:Decrypt', ...(seals ? ['kms:GenerateDataKeyWithoutPlaintext'] : [])], this.subjectsKey.keyArn, {
      StringEquals: { 'kms:EncryptionContext:purpose': 'subjects' },
      StringLike: { 'kms:EncryptionContext:subject': 'sub_*' },
    });
    allow(['kms:GenerateMac'], this.pseudonymKey.keyArn);
    const keys = ['subjects#*'];
    this.state.allow(to, { get: keys, put: keys, ...(seals ? { check: keys } : {}) });
  }

  /**
   * Adds objects to the archive, or lists and reads them too. Nobody may delete one or shorten its lock.
   * @param under prefix that bounds the grant, such as `checkpoints/`
   */
  allowArchive(to: ControlFunction, { read = false, under = '' } = {}): void {
    const grant = (actions: string[], resource: string, conditions = {}): void => {
      to.role.addToPolicy(new PolicyStatement({ actions, resources: [resource], conditions }));
    };
    const { bucketArn } = this.archive;
    grant(['s3:PutObject', 's3:PutObjectRetention', ...(read ? ['s3:GetObject'] : [])], `${bucketArn}/${under}*`);
    if (read) grant(['s3:ListBucket'], bucketArn);
    grant(['kms:GenerateDataKey', ...(read ? ['kms:Decrypt'] : [])], this.key.keyArn, {
      StringEquals: { 'kms:ViaService': `s3.${this.region}.amazonaws.com` },
    });
    acknowledgeWildcard(
      to,
      `${importedArn(this.archive, bucketArn)}/${under}*`,
      'The archive holds one object for each entry and checkpoint, named by its id or number, so its objects cannot be listed here. The bucket holds nothing else, and the grant can neither delete nor unlock.',
    );
  }

  /** Reads the checkpoints in the archive, and no entries. */
  allowReadingCheckpoints(to: ControlFunction): void {
    const checkpoints = 'checkpoints/*';
    const allow = (action: string, resource: string, conditions = {}): void => {
      to.role.addToPolicy(new PolicyStatement({ actions: [action], resources: [resource], conditions }));
    };
    allow('s3:GetObject', `${this.archive.bucketArn}/${checkpoints}`);
    allow('kms:Decrypt', this.key.keyArn, { StringEquals: { 'kms:ViaService': `s3.${this.region}.amazonaws.com` } });
    acknowledgeWildcard(
      to,
      `${importedArn(this.archive, this.archive.bucketArn)}/${checkpoints}`,
      'The archive holds one object for each checkpoint, named by its number, so they cannot be listed here. The grant reads signed checkpoints, which everybody may read, and no entries.',
    );
  }

  private macKey(config: Config, id: string, name: string, description: string): Key {
    return new Key(this, id, {
      alias: nameOf(config, name),
      description,
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy: removalOf(config),
    });
  }

  private archiveBucket(config: Config): Bucket {
    const { mode, days } = config.archive_lock;
    const lockFor = Duration.days(days);
    const archive = new Bucket(this, 'Archive', {
      ...guarded(config),
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      objectLockEnabled: true,
      objectLockDefaultRetention:
        mode === 'COMPLIANCE' ? ObjectLockRetention.compliance(lockFor) : ObjectLockRetention.governance(lockFor),
      lifecycleRules: [
        { transitions: [{ storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(90) }] },
      ],
      // CDK declares the class looser than its own interface under exactOptionalPropertyTypes.
      serverAccessLogsBucket: this.accessLogs(config) as IBucket,
    });
    acknowledge(
      archive,
      ['S3BucketReplicationEnabled'],
      'The archive is itself the second copy of the ledger, under Object Lock, and is reconciled with it daily; a copy in another region or account is for the organisation to choose, as it decides where its data may lie.',
    );
    return archive;
  }

  private accessLogs(config: Config): Bucket {
    const logs = new Bucket(this, 'ArchiveAccessLogs', {
      ...guarded(config),
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [
        { expiration: Duration.days(config.log_retention_days), noncurrentVersionExpiration: Duration.days(1) },
      ],
    });
    acknowledge(
      logs,
      ['S3DefaultEncryptionKMS'],
      'S3 does not deliver access logs to a bucket under a customer-managed key; the logs are encrypted with keys of S3 and hold no content of the archive.',
    );
    acknowledge(
      logs,
      ['S3BucketReplicationEnabled'],
      'The bucket holds access logs that expire with the other logs; losing it loses no record of the control plane.',
    );
    return logs;
  }

  private backups(config: Config): void {
    const plan = new BackupPlan(this, 'Backups', {
      backupPlanName: nameOf(config, 'tables'),
      backupVault: new BackupVault(this, 'Vault', { encryptionKey: this.key, removalPolicy: removalOf(config) }),
      backupPlanRules: [
        new BackupPlanRule({
          ruleName: 'daily',
          scheduleExpression: Schedule.cron({ hour: '3', minute: '0' }),
          deleteAfter: Duration.days(config.backup_days),
        }),
      ],
    });
    const selection = plan.addSelection('Tables', {
      resources: [
        BackupResource.fromDynamoDbTable(this.state.table),
        BackupResource.fromDynamoDbTable(this.ledger.table),
      ],
    });
    acknowledge(
      selection,
      [
        'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]',
      ],
      'AWS Backup documents this managed policy as the one that its role needs; AWS keeps it in step with the service.',
    );
  }
}

const guarded = (config: Config) => ({
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  versioned: true,
  removalPolicy: removalOf(config),
});
