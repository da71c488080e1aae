import { CfnDeletionPolicy, CfnResource, Stack } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnUserPool } from 'aws-cdk-lib/aws-cognito';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnManagedPolicy, CfnPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { NagMessageLevel, NagPack, NagRuleCompliance, type NagRuleResult } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { ControlFunction } from '../constructs/control-function.ts';
import { DeadLetters } from '../constructs/dead-letters.ts';
import { LedgerTable } from '../constructs/governed-table.ts';

type Rule = (node: CfnResource) => NagRuleResult;
type Statement = {
  Effect: string;
  Action?: string | string[];
  NotAction?: unknown;
  Resource?: unknown;
  NotResource?: unknown;
  Condition?: unknown;
};

const { COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE } = NagRuleCompliance;
const verdict = (good: boolean): NagRuleCompliance => (good ? COMPLIANT : NON_COMPLIANT);

/** What this project promises beyond the public packs. */
export class HouseRules extends NagPack {
  readonly name = 'Orchestra';
  private readonly rules: Readonly<Record<string, [string, Rule]>>;

  /** @param keepsData whether the deployment must outlive its stacks */
  constructor(keepsData: boolean) {
    super();
    this.packName = 'Orchestra';
    this.rules = {
      ControlFunction: [
        'Every function is a ControlFunction, with its role, logs, traces and dead letters.',
        ownFunction,
      ],
      LedgerAppendOnly: ['Nobody may change or delete in the ledger, or write it outside a transaction.', appendOnly],
      WildcardResource: ['No grant reaches every resource, but where AWS knows no resources.', noWildcard],
      DeadLetters: ['Every queue has a queue of dead letters, or is one.', hasDeadLetters],
      AlarmTellsSomebody: ['Every alarm treats missing data on purpose, tells somebody, and names its runbook.', tells],
      ...(keepsData ? { Retained: ['What holds data outlives its stack.', retained] } : {}),
    };
  }

  protected checkResource(node: CfnResource): void {
    for (const [ruleSuffixOverride, [info, rule]] of Object.entries(this.rules)) {
      this.applyRule({ ruleSuffixOverride, info, explanation: info, level: NagMessageLevel.ERROR, node, rule });
    }
  }
}

const ownFunction: Rule = (node) =>
  node instanceof CfnFunction
    ? verdict(node.node.scopes.some((one) => one instanceof ControlFunction))
    : NOT_APPLICABLE;

const hasDeadLetters: Rule = (node) =>
  node instanceof CfnQueue
    ? verdict(node.redrivePolicy !== undefined || node.node.scope instanceof DeadLetters)
    : NOT_APPLICABLE;

const tells: Rule = (node) =>
  node instanceof CfnAlarm
    ? verdict(
        node.treatMissingData !== undefined &&
          (node.alarmActions ?? []).length > 0 &&
          /Runbook: docs\/runbooks\/[a-z-]+\.md/.test(node.alarmDescription ?? ''),
      )
    : NOT_APPLICABLE;

const dataTypes = [CfnTable, CfnBucket, CfnKey, CfnUserPool, CfnLogGroup];
const kept = new Set([CfnDeletionPolicy.RETAIN, CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE]);

const retained: Rule = (node) => {
  if (!dataTypes.some((type) => node instanceof type)) return NOT_APPLICABLE;
  const { deletionPolicy, updateReplacePolicy } = node.cfnOptions;
  return verdict(
    deletionPolicy !== undefined && kept.has(deletionPolicy) && updateReplacePolicy === CfnDeletionPolicy.RETAIN,
  );
};

const noWildcard: Rule = (node) => {
  const statements = statementsOf(node);
  if (!statements) return NOT_APPLICABLE;
  const wide = statements.filter(({ Resource }) => [Resource ?? '*'].flat().includes('*'));
  return verdict(wide.flatMap(({ Action }) => Action ?? []).every((action) => unscoped.has(action)));
};

/** Actions of traces, of log deliveries and of the tokens of workflows, that AWS grants on all resources or on none. */
const unscoped = new Set([
  'states:SendTaskSuccess',
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
]);

/** Verbs on a table that are not one of these are not allowed on the ledger. */
const ledgerVerbs = new Set([
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:ListStreams',
]);

const appendOnly: Rule = (node) => {
  const statements = statementsOf(node);
  if (!statements) return NOT_APPLICABLE;
  const ledgers = ledgerIds(node.node.root);
  const onLedger = statements.filter(({ Resource }) => {
    const resources = JSON.stringify(Resource ?? '*');
    return /"\*"|table\/\*/.test(resources) || ledgers.some((id) => resources.includes(id));
  });
  return verdict(onLedger.every(harmless));
};

const harmless = ({ Action, NotAction, Condition }: Statement): boolean =>
  NotAction === undefined &&
  [Action ?? []]
    .flat()
    .filter((action) => action.startsWith('dynamodb:') || action.startsWith('*'))
    .every((action) => ledgerVerbs.has(action) && (action !== 'dynamodb:PutItem' || insideTransaction(Condition)));

const insideTransaction = (condition: unknown): boolean =>
  JSON.stringify(condition ?? {}).includes(
    '"ForAnyValue:StringEquals":{"dynamodb:EnclosingOperation":["TransactWriteItems"]}',
  );

/** Logical ids, which the name of a cross-stack export holds as well. */
const ledgerIds = (root: IConstruct): string[] =>
  root.node
    .findAll()
    .filter((one) => one instanceof LedgerTable)
    .map(({ table }) => Stack.of(table).resolve((table.node.defaultChild as CfnTable).logicalId) as string);

/** Grants of a policy or role; nothing for other resources. */
function statementsOf(node: CfnResource): Statement[] | undefined {
  const documents =
    node instanceof CfnPolicy || node instanceof CfnManagedPolicy
      ? [node.policyDocument]
      : node instanceof CfnRole
        ? inlineDocuments(node)
        : undefined;
  return documents
    ?.flatMap((document) => (Stack.of(node).resolve(document) as { Statement: Statement[] }).Statement)
    .filter(({ Effect }) => Effect === 'Allow');
}

const inlineDocuments = (role: CfnRole): unknown[] =>
  ((Stack.of(role).resolve(role.policies) ?? []) as { PolicyDocument: unknown; policyDocument: unknown }[]).map(
    (policy) => policy.PolicyDocument ?? policy.policyDocument,
  );
