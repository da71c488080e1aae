import { Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { removalOf } from '../config.ts';
import type { Hosting } from './hosting.ts';

type Conditions = Record<string, Record<string, unknown>>;

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

const within = (operation: 'TransactWriteItems' | 'TransactGetItems'): Conditions => ({
  'ForAnyValue:StringEquals': { 'dynamodb:EnclosingOperation': [operation] },
});
const inTransaction = within('TransactWriteItems');

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
type Keys = readonly string[];

/** What a function does with the state, each verb with the keys that it does it to. */
export type StateAccess = {
  /** Read by key, many at once. */
  get?: Keys;
  /** Read several as they were at one instant. */
  snapshot?: Keys;
  /** Query the table or an index; its partition keys begin with the name of the slice too. */
  list?: { table?: Keys; gsi1?: Keys; gsi2?: Keys };
  /** Make a transaction depend on a version. */
  check?: Keys;
  /** Put, inside a transaction only. */
  put?: Keys;
  /** Delete, inside a transaction only. */
  remove?: Keys;
  /** Change attributes in place, inside a transaction only. */
  adjust?: Keys;
  /** Add to a counter, outside transactions. */
  count?: Keys;
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

  allow(to: IGrantable, { get, snapshot, list = {}, check, put, remove, adjust, count }: StateAccess): void {
    const [gsi1, gsi2] = this.indexArns('gsi1', 'gsi2');
    const reads = [
      this.verb(to, 'BatchGetItem', get),
      this.verb(to, 'GetItem', snapshot, within('TransactGetItems')),
      this.verb(to, 'Query', list.table),
      this.verb(to, 'Query', list.gsi1, {}, gsi1),
      this.verb(to, 'Query', list.gsi2, {}, gsi2),
      // There is no condition check outside a transaction, and so no condition key to say it.
      this.verb(to, 'ConditionCheckItem', check),
    ];
    const writes = [
      this.verb(to, 'PutItem', put, inTransaction),
      this.verb(to, 'DeleteItem', remove, inTransaction),
      this.verb(to, 'UpdateItem', adjust, inTransaction),
      this.verb(to, 'UpdateItem', count),
    ];
    if (reads.some(Boolean)) this.grantKey(to, decrypt);
    if (writes.some(Boolean)) this.grantKey(to, [...decrypt, ...encrypt]);
  }

  private verb(to: IGrantable, name: string, keys: Keys = [], conditions: Conditions = {}, resource?: string): boolean {
    if (keys.length === 0) return false;
    const resources = resource === undefined ? undefined : [resource];
    this.grant(to, [`dynamodb:${name}`], { ...withKeys(keys), ...conditions }, resources);
    return true;
  }
}

type LedgerIndex = 'by-agent' | 'by-subject';

export type LedgerAccess = {
  /** Add entries, inside a transaction only. */
  append?: true;
  /** Read entries by key, many at once. */
  get?: true;
  /** Query the entries of a domain and day, and by these indexes. */
  list?: readonly LedgerIndex[];
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

  allow(to: IGrantable, { append, get, list }: LedgerAccess): void {
    const keys = withKeys(['ledger#*']);
    if (append) {
      this.grant(to, ['dynamodb:PutItem'], { ...keys, ...inTransaction });
      this.grantKey(to, [...decrypt, ...encrypt]);
    }
    if (get) this.grant(to, ['dynamodb:BatchGetItem'], keys);
    if (list) this.grant(to, ['dynamodb:Query'], keys);
    // Partition keys of these indexes are agents and subjects, so no pattern can be set on them.
    if (list && list.length > 0) this.grant(to, ['dynamodb:Query'], {}, this.indexArns(...list));
    if (get ?? list) this.grantKey(to, decrypt);
  }
}
