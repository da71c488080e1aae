import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Aws, Duration } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  LogLevel,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { removalOf } from '../config.ts';
import { acknowledge, acknowledgeWildcard } from '../guardrails/acknowledge.ts';
import type { ControlFunction } from './control-function.ts';
import { type Hosting, nameOf } from './hosting.ts';
import type { Urgency } from './paging-alarm.ts';

export type WorkflowProps = {
  hosting: Hosting;
  /** File under `statemachines/`, without `.asl.json`; it names the machine. */
  definition: string;
  description: string;
  /** Functions that the definition invokes, by the placeholder that stands there for their ARN: `${PoliciesSteps}`. */
  functions: Readonly<Record<string, ControlFunction>>;
  /** Of the alarm on an execution that failed; `warn` when absent. */
  urgency?: Urgency;
};

/**
 * A Step Functions state machine from its definition: encrypted, traced, every event of it logged to a group of its own,
 * with a role that may invoke the functions of the definition and nothing else.
 */
export class Workflow extends Construct {
  readonly machine: StateMachine;
  /** Its name without the deployment's. */
  readonly label: string;
  readonly urgency: Urgency;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    const { hosting, definition, description, functions, urgency = 'warn' } = props;
    const { config, key } = hosting;
    this.label = definition;
    this.urgency = urgency;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: `Runs the workflow ${definition}`,
    });
    const arns = Object.entries(functions).map(([name, { lambda }]) => [name, lambda.functionArn] as const);
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: arns.map(([, arn]) => arn) }),
    );
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: nameOf(config, definition),
      comment: description,
      definitionBody: DefinitionBody.fromString(definitionOf(definition)),
      definitionSubstitutions: Object.fromEntries(arns),
      role,
      tracingEnabled: true,
      logs: { destination: this.logs(hosting), level: LogLevel.ALL, includeExecutionData: false },
      encryptionConfiguration: new CustomerManagedEncryptionConfiguration(key, Duration.minutes(5)),
      removalPolicy: removalOf(config),
    });
    acknowledge(role, ['IAMNoInlinePolicy'], 'The policy belongs to this one role and goes with it.');
    acknowledgeWildcard(
      role,
      '*',
      'Log deliveries and traces know no resources: these actions can only be granted on all. The rule Orchestra-WildcardResource admits nothing else.',
    );
  }

  /** Lets a function start executions. Their input rests under the key that every ControlFunction may use. */
  allowStart(by: ControlFunction): void {
    by.role.addToPolicy(
      new PolicyStatement({ actions: ['states:StartExecution'], resources: [this.machine.stateMachineArn] }),
    );
  }

  /** Lets a function give back the tokens that the machine waits with. IAM knows no resource for that: the token itself is the right. */
  allowAnswer(by: ControlFunction): void {
    by.role.addToPolicy(new PolicyStatement({ actions: ['states:SendTaskSuccess'], resources: ['*'] }));
  }

  private logs({ config, key }: Hosting): LogGroup {
    return new LogGroup(this, 'Logs', {
      // Below this prefix deliveries share one resource policy, which has room for ten groups only otherwise.
      logGroupName: `${workflowLogs}${nameOf(config, this.label)}`,
      retention: config.log_retention_days,
      encryptionKey: key,
      removalPolicy: removalOf(config),
    });
  }
}

/** Begins the name of every workflow's log group. */
export const workflowLogs = '/aws/vendedlogs/states/';

const definitionOf = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../statemachines/${name}.asl.json`, import.meta.url)), 'utf8');
