import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { expect, it } from 'vitest';
import { PoliciesApiEnv } from '../../functions/policies/env.ts';
import { readConfig } from '../../lib/config.ts';
import { ControlFunction } from '../../lib/constructs/control-function.ts';
import { Workflow } from '../../lib/constructs/workflow.ts';
import { HouseRules } from '../../lib/guardrails/house-rules.ts';

const config = readConfig((key) => (key === 'env' ? 'dev' : undefined));

function aWorkflow() {
  const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Sample');
  const hosting = { config, key: new Key(stack, 'Key') };
  const description = 'a function';
  const env = {
    STATE_TABLE: 'state',
    LEDGER_TABLE: 'ledger',
    LEDGER_SHARDS: '1',
    CURSOR_KEY_ID: 'key',
    RATE_LIMIT_PER_MINUTE: '60',
  };
  const common = { hosting, description, schema: PoliciesApiEnv, env };
  const fn = new ControlFunction(stack, 'Function', { ...common, entry: 'policies/api' });
  const starter = new ControlFunction(stack, 'Starter', { ...common, entry: 'audit/api' });
  const functions = { PoliciesSteps: fn };
  const workflow = new Workflow(stack, 'Flow', { hosting, definition: 'simulation', description, functions });
  workflow.allowStart(starter);
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  const statements = (role: string) =>
    policies
      .filter(([id]) => id.startsWith(role))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Record<string, unknown>[]);
  return { stack, fn, workflow, statements, machine: firstOf(stack, 'AWS::StepFunctions::StateMachine') };
}

const firstOf = (stack: Stack, type: string) =>
  Object.values(Template.fromStack(stack).findResources(type))[0]?.Properties;

it('[OPS-2] lets a workflow invoke its functions, trace and deliver logs, and do nothing else', () => {
  const { stack, fn, statements } = aWorkflow();
  const [invoke, ...others] = statements('FlowRole');
  expect(invoke).toMatchObject({
    Action: 'lambda:InvokeFunction',
    Resource: stack.resolve(fn.lambda.functionArn) as unknown,
  });
  const actions = others.flatMap(({ Action }) => Action as string | string[]);
  const services = actions.map((action) => action.replace(/:.*/, ''));
  expect(new Set(services)).toEqual(new Set(['logs', 'xray', 'kms']));
  const broken = new HouseRules(false).validateScope(stack).violations.map(({ ruleName }) => ruleName);
  expect(broken).toEqual([]);
});

it('[OPS-3] traces a workflow, logs every event of it without its data, and encrypts it', () => {
  const { machine } = aWorkflow();
  expect(machine.TracingConfiguration).toEqual({ Enabled: true });
  expect(machine.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
  expect(machine.LoggingConfiguration.Destinations).toHaveLength(1);
  expect(machine.EncryptionConfiguration).toMatchObject({ Type: 'CUSTOMER_MANAGED_KMS_KEY' });
});

it('[OPS-2] lets who may start a workflow start that one only', () => {
  const { stack, workflow, statements } = aWorkflow();
  const states = statements('StarterRole').filter(({ Action }) => String(Action).startsWith('states:'));
  expect(states).toEqual([
    {
      Effect: 'Allow',
      Action: 'states:StartExecution',
      Resource: stack.resolve(workflow.machine.stateMachineArn) as unknown,
    },
  ]);
});
