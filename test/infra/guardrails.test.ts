import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { bundleOf } from '../../lib/constructs/bundle.ts';
import { LedgerTable } from '../../lib/constructs/governed-table.ts';
import { HouseRules } from '../../lib/guardrails/house-rules.ts';
import { rulePacks } from '../../lib/guardrails/packs.ts';

const config = readConfig((key) => (key === 'env' ? 'dev' : undefined));

/** Names of the house rules that a stack breaks. */
function broken(build: (stack: Stack) => void): string[] {
  const stack = new Stack(new App(), 'Sample');
  build(stack);
  return new HouseRules(true)
    .validateScope(stack)
    .violations.map(({ ruleName }) => ruleName)
    .toSorted();
}

function roleOn(stack: Stack, statement: (ledger: string) => PolicyStatement): void {
  const key = new Key(stack, 'Key', { removalPolicy: RemovalPolicy.RETAIN });
  const ledger = new LedgerTable(stack, 'Ledger', { config, key });
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(statement(ledger.table.tableArn));
}

describe('house rules', () => {
  it('[OPS-3] refuse a function that is not a ControlFunction', () => {
    const build = (stack: Stack): void => {
      const code = Code.fromInline('export const handler = () => {};');
      new LambdaFunction(stack, 'Function', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
    };
    expect(broken(build)).toEqual(['Orchestra-ControlFunction']);
  });

  it.each([
    'dynamodb:UpdateItem',
    'dynamodb:DeleteItem',
    'dynamodb:BatchWriteItem',
    'dynamodb:PartiQLUpdate',
    'dynamodb:*',
  ])('[AUD-2] refuse %s on the ledger', (action) => {
    const build = (stack: Stack): void =>
      roleOn(stack, (ledger) => new PolicyStatement({ actions: [action], resources: [ledger] }));
    expect(broken(build)).toEqual(['Orchestra-LedgerAppendOnly']);
  });

  it('[AUD-2] refuse a write to the ledger outside a transaction', () => {
    const put = (conditions: Record<string, unknown>) => (stack: Stack) =>
      roleOn(
        stack,
        (ledger) => new PolicyStatement({ actions: ['dynamodb:PutItem'], resources: [ledger], conditions }),
      );
    const inTransaction = { 'ForAnyValue:StringEquals': { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] } };
    expect(broken(put({}))).toEqual(['Orchestra-LedgerAppendOnly']);
    expect(broken(put(inTransaction))).toEqual([]);
  });

  it.each(['*', 'arn:aws:dynamodb:*:*:table/*'])(
    '[AUD-2] refuse it on %s too, which is the ledger among others',
    (resource) => {
      const build = (stack: Stack): void =>
        roleOn(stack, () => new PolicyStatement({ actions: ['dynamodb:DeleteItem'], resources: [resource] }));
      expect(broken(build)).toContain('Orchestra-LedgerAppendOnly');
    },
  );

  it('[AUD-2] refuse a grant of everything but', () => {
    const build = (stack: Stack): void =>
      roleOn(stack, (ledger) => new PolicyStatement({ notActions: ['dynamodb:DeleteTable'], resources: [ledger] }));
    expect(broken(build)).toEqual(['Orchestra-LedgerAppendOnly']);
  });

  it('[OPS-2] refuse a grant on every resource, but for traces and log deliveries', () => {
    const wide = (action: string) => (stack: Stack) =>
      roleOn(stack, () => new PolicyStatement({ actions: [action], resources: ['*'] }));
    expect(broken(wide('s3:GetObject'))).toEqual(['Orchestra-WildcardResource']);
    expect(broken(wide('logs:DeleteLogGroup'))).toEqual(['Orchestra-WildcardResource']);
    expect(broken(wide('xray:PutTraceSegments'))).toEqual([]);
    expect(broken(wide('logs:CreateLogDelivery'))).toEqual([]);
  });

  it('[OPS-2] refuse data that goes with its stack', () => {
    const table = (removalPolicy: RemovalPolicy) => (stack: Stack) => {
      new Table(stack, 'Table', { partitionKey: { name: 'pk', type: AttributeType.STRING }, removalPolicy });
    };
    expect(broken(table(RemovalPolicy.DESTROY))).toEqual(['Orchestra-Retained']);
    expect(broken(table(RemovalPolicy.RETAIN))).toEqual([]);
  });

  it('[OPS-3] refuse a queue without dead letters', () => {
    const build = (stack: Stack): void => {
      new Queue(stack, 'Queue');
    };
    expect(broken(build)).toEqual(['Orchestra-DeadLetters']);
  });

  it('[OPS-3] refuse an alarm that nobody hears', () => {
    const build = (stack: Stack): void => {
      const metric = new Metric({ namespace: 'A', metricName: 'B', period: Duration.minutes(1) });
      new Alarm(stack, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 });
    };
    expect(broken(build)).toEqual(['Orchestra-AlarmTellsSomebody']);
  });
});

it('[OPS-2] applies every public rule pack wherever data is kept', () => {
  const names = (removal: 'RETAIN' | 'DESTROY') =>
    rulePacks(new App(), { ...config, removal }).map(({ readPackName }) => readPackName);
  expect(names('RETAIN')).toEqual([
    'Orchestra',
    'AwsSolutions',
    'Serverless',
    'NIST.800.53.R5',
    'HIPAA.Security',
    'PCI.DSS.321',
  ]);
  expect(names('DESTROY')).toEqual(['Orchestra']);
});

it('names the entry that a function lacks', () => {
  expect(() => bundleOf('nobody/api', false)).toThrow('functions/nobody/api.ts does not exist');
});
