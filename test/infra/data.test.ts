import { describe, expect, it } from 'vitest';
import { only, settled, synthesize } from './synthesis.ts';

const dev = synthesize('dev');
const prod = synthesize('prod');
const bucket = (synthesis: typeof dev) => only(synthesis.of('AWS::S3::Bucket', 'Data'), 'ArchiveDA').Properties;
const table = (name: 'State' | 'Ledger') => only(dev.of('AWS::DynamoDB::Table', 'Data'), name).Properties;

describe('archive', () => {
  it('[AUD-4] locks every object of the archive, in production so that nobody can unlock it', () => {
    const lock = (mode: string, days: number) => ({
      ObjectLockEnabled: true,
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: mode, Days: days } } },
    });
    expect(bucket(dev)).toMatchObject(lock('GOVERNANCE', 1));
    expect(bucket(prod)).toMatchObject(lock('COMPLIANCE', 2557));
  });

  it('[GWY-3] opens the archive to TLS 1.2 only, never to the public, under the customer-managed key', () => {
    expect(bucket(dev)).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
        ],
      },
    });
    const policy = only(dev.of('AWS::S3::BucketPolicy', 'Data'), 'ArchivePolicy').Properties.PolicyDocument;
    const refusals = policy.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Deny');
    expect(refusals.map(({ Condition }: { Condition: unknown }) => Condition)).toEqual([
      { Bool: { 'aws:SecureTransport': 'false' } },
      { NumericLessThan: { 's3:TlsVersion': 1.2 } },
    ]);
  });

  it('[AUD-4] logs access to the archive into a bucket of its own', () => {
    expect(bucket(dev).LoggingConfiguration.DestinationBucketName.Ref).toMatch(/^ArchiveAccessLogs/);
  });
});

describe('tables', () => {
  it.each(['State', 'Ledger'] as const)(
    '[OPS-2] can restore %s to any second, and cannot drop it by mistake',
    (name) => {
      expect(table(name)).toMatchObject({
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
        DeletionProtectionEnabled: true,
        BillingMode: 'PAY_PER_REQUEST',
      });
    },
  );

  it('[OPS-2] backs both tables up daily into an encrypted vault', () => {
    const selection = only(dev.of('AWS::Backup::BackupSelection')).Properties.BackupSelection;
    const tables = [...dev.of('AWS::DynamoDB::Table').keys()];
    expect(tables).toHaveLength(2);
    for (const id of tables) expect(JSON.stringify(selection.Resources)).toContain(id);
    expect(only(dev.of('AWS::Backup::BackupVault')).Properties.EncryptionKeyArn).toBeDefined();
  });

  it('[AUD-3] expires entries by their ttl, and tells the archiver what was there', () => {
    expect(table('Ledger')).toMatchObject({
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
  });

  it('[AUD-6] finds entries by agent and by subject, in the order of their ids', () => {
    expect(table('Ledger').GlobalSecondaryIndexes.map(indexOf)).toEqual([
      ['by-agent', 'agent_id', 'id', 'KEYS_ONLY'],
      ['by-subject', 'subject', 'id', 'KEYS_ONLY'],
    ]);
    expect(table('State').GlobalSecondaryIndexes.map(indexOf)).toEqual([
      ['gsi1', 'gsi1pk', 'gsi1sk', 'ALL'],
      ['gsi2', 'gsi2pk', 'gsi2sk', 'ALL'],
    ]);
  });
});

type Index = { IndexName: string; KeySchema: { AttributeName: string }[]; Projection: { ProjectionType: string } };
const indexOf = ({ IndexName, KeySchema, Projection }: Index) => [
  IndexName,
  ...KeySchema.map(({ AttributeName }) => AttributeName),
  Projection.ProjectionType,
];

describe('keys', () => {
  it('[GWY-3] puts everything that keeps data under a customer-managed key', () => {
    const underKey: Record<string, (properties: Record<string, unknown>) => unknown> = {
      'AWS::DynamoDB::Table': ({ SSESpecification }) => SSESpecification,
      'AWS::SQS::Queue': ({ KmsMasterKeyId }) => KmsMasterKeyId,
      'AWS::SNS::Topic': ({ KmsMasterKeyId }) => KmsMasterKeyId,
      'AWS::Logs::LogGroup': ({ KmsKeyId }) => KmsKeyId,
      'AWS::Events::EventBus': ({ KmsKeyIdentifier }) => KmsKeyIdentifier,
      'AWS::Events::Archive': ({ KmsKeyIdentifier }) => KmsKeyIdentifier,
      'AWS::Lambda::Function': ({ KmsKeyArn }) => KmsKeyArn,
      'AWS::Scheduler::Schedule': ({ KmsKeyArn }) => KmsKeyArn,
    };
    for (const [type, key] of Object.entries(underKey)) {
      const resources = [...dev.of(type)];
      expect(resources.length, type).toBeGreaterThan(0);
      for (const [id, { Properties }] of resources) expect(JSON.stringify(key(Properties)), id).toMatch(/Key/);
    }
  });

  it('[GWY-3] rotates every key that can be rotated', () => {
    for (const [id, { Properties }] of dev.of('AWS::KMS::Key')) {
      const cannotRotate = ['HMAC_256', 'ECC_NIST_P256'].includes(Properties.KeySpec);
      expect(Properties.EnableKeyRotation === true || cannotRotate, id).toBe(true);
    }
  });

  it('[AUD-5] has a key for checkpoints that signs and does nothing else', () => {
    expect(only(dev.of('AWS::KMS::Key', 'Data'), 'CheckpointKey').Properties).toMatchObject({
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
    });
  });

  it('[AUT-5] keeps the key that wraps signing keys apart from the one of the tables', () => {
    const aliases = [...dev.of('AWS::KMS::Alias', 'Data').values()].map(({ Properties }) => [
      Properties.AliasName,
      settled('Data', Properties.TargetKeyId),
    ]);
    expect(aliases.map(([name]) => name)).toContain('alias/orchestra-dev-receipts');
    expect(new Set(aliases.map(([, key]) => key)).size).toBe(aliases.length);
  });
});

const holdsData = new Set([
  'AWS::DynamoDB::Table',
  'AWS::S3::Bucket',
  'AWS::KMS::Key',
  'AWS::Cognito::UserPool',
  'AWS::Logs::LogGroup',
]);

it.each(dev.all.filter(([, { Type }]) => holdsData.has(Type)))(
  '[OPS-2] keeps %s when its stack goes',
  (_id, { DeletionPolicy, UpdateReplacePolicy }) =>
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']),
);
