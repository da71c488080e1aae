import { Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { removalOf } from '../config.ts';
import type { Hosting } from './hosting.ts';

type Conditions = Record<string, Record<string, unknown>>;

const reads = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
/** There is no condition check outside a transaction, and so no condition key to say it. */
const check = 'dynamodb:ConditionCheckItem';
const decrypt = ['kms:Decrypt', 'kms:DescribeKey'];
const encrypt = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/**
 * Partition keys must match one of the patterns. `ForAllValues` also passes when a request names no key at all, as a scan
 * does; so there must be one.
 */
const withKeys = (patterns: readonly string[]): Conditions => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns },
  Null: { 'dynamodb:LeadingKeys': 'false' },
});

const inTransaction: Conditions = {
  'ForAnyValue:StringEquals': { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] },
};

/** A table that writes its own grants: which keys, which verbs, and whether inside a transaction only. */
abstract class GovernedTable extends Construct {
  readonly table: Table;
  private readonly key: IKey;

  constructor(scope: Construct, id: string, hosting: Hosting, stream?: StreamViewType) {
    super(scope, id);
    const { config, key } = hosting;
    this.key = key;
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      timeToLiveAttribute: 'ttl',
      deletionProtection: config.removal === 'RETAIN',
      removalPolicy: removalOf(config),
      ...(stream ? { stream } : {}),
    });
  }

  protected indexArns(...names: string[]): string[] {
    return names.map((name) => `${this.table.tableArn}/index/${name}`);
  }

  /** For those who read the table's stream. */
  allowDecrypt(to: IGrantable): void {
    this.grantKey(to, decrypt);
  }

  protected grant(to: IGrantable, actions: string[], conditions: Conditions, resources = [this.table.tableArn]): void {
    to.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions }),
    );
  }

  protected grantKey(to: IGrantable, actions: string[]): void {
    const via = `dynamodb.${Stack.of(this).region}.amazonaws.com`;
    this.grant(to, actions, { StringEquals: { 'kms:ViaService': via } }, [this.key.keyArn]);
  }
}

/** Patterns of partition keys, such as `directory#*`. */
export type StateAccess = {
  /** Read one, many or a list; and make a transaction depend on them. */
  read?: readonly string[];
  /** Put and delete, inside a transaction only. */
  transact?: readonly string[];
  /** Add to a counter, outside transactions. */
  count?: readonly string[];
};

/** What is true now. Each slice reaches its own keys. */
export class StateTable extends GovernedTable {
  constructor(scope: Construct, id: string, hosting: Hosting) {
    super(scope, id, hosting);
    for (const name of ['gsi1', 'gsi2']) {
      this.table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: `${name}pk`, type: AttributeType.STRING },
        sortKey: { name: `${name}sk`, type: AttributeType.STRING },
        projectionType: ProjectionType.ALL,
      });
    }
  }

  allow(to: IGrantable, { read, transact, count }: StateAccess): void {
    if (read) {
      this.grant(to, [...reads, check], withKeys(read));
      this.grant(to, ['dynamodb:Query'], withKeys(read), this.indexArns('gsi1', 'gsi2'));
      this.grantKey(to, decrypt);
    }
    if (transact) {
      this.grant(to, ['dynamodb:PutItem', 'dynamodb:DeleteItem'], { ...withKeys(transact), ...inTransaction });
      this.grantKey(to, [...decrypt, ...encrypt]);
    }
    if (count) {
      this.grant(to, ['dynamodb:UpdateItem'], withKeys(count));
      this.grantKey(to, [...decrypt, ...encrypt]);
    }
  }
}

export type LedgerAccess = {
  /** Add entries, inside a transaction only. */
  append?: true;
  /** Read entries and query them, by partition and by index. */
  read?: true;
};

/** What happened. It can be added to and read; there is no way to change or delete. */
export class LedgerTable extends GovernedTable {
  readonly streamArn: string;

  constructor(scope: Construct, id: string, hosting: Hosting) {
    super(scope, id, hosting, StreamViewType.NEW_AND_OLD_IMAGES);
    for (const [name, attribute] of Object.entries({ 'by-agent': 'agent_id', 'by-subject': 'subject' })) {
      this.table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: attribute, type: AttributeType.STRING },
        sortKey: { name: 'id', type: AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      });
    }
    const { tableStreamArn } = this.table;
    if (!tableStreamArn) throw new Error('the ledger has no stream');
    this.streamArn = tableStreamArn;
  }

  allow(to: IGrantable, { append, read }: LedgerAccess): void {
    const keys = withKeys(['ledger#*']);
    if (append) {
      this.grant(to, ['dynamodb:PutItem'], { ...keys, ...inTransaction });
      this.grantKey(to, [...decrypt, ...encrypt]);
    }
    if (read) {
      this.grant(to, reads, keys);
      // Partition keys of these indexes are agents and subjects, so no pattern can be set on them.
      this.grant(to, ['dynamodb:Query'], {}, this.indexArns('by-agent', 'by-subject'));
      this.grantKey(to, decrypt);
    }
  }
}
