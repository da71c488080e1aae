import { Aws, type Duration } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { acknowledge } from '../guardrails/acknowledge.ts';
import type { ControlFunction } from './control-function.ts';
import type { Hosting } from './hosting.ts';

export type ScheduledFunctionProps = {
  hosting: Hosting;
  runs: ControlFunction;
  /** `rate(5 minutes)`, or `cron(30 1 * * ? *)` in UTC. */
  schedule: string;
  /** Longest silence that is normal; a longer one raises an alarm. */
  silence: Duration;
  description: string;
};

/** Runs a function by the clock. A run that could not be started goes to the function's dead letters. */
export class ScheduledFunction extends Construct {
  readonly runs: ControlFunction;
  readonly silence: Duration;

  constructor(scope: Construct, id: string, props: ScheduledFunctionProps) {
    super(scope, id);
    this.runs = props.runs;
    this.silence = props.silence;
    const { lambda, deadLetters, label } = props.runs;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: `Starts ${label} by the clock`,
    });
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [lambda.functionArn] }));
    // Gives the key as well, which the schedule itself rests under.
    deadLetters.allowSend(role);
    acknowledge(role, ['IAMNoInlinePolicy'], 'The policy belongs to this one role and goes with it.');
    const schedule = new CfnSchedule(this, 'Schedule', {
      description: props.description,
      scheduleExpression: props.schedule,
      flexibleTimeWindow: { mode: 'OFF' },
      kmsKeyArn: props.hosting.key.keyArn,
      target: {
        arn: lambda.functionArn,
        roleArn: role.roleArn,
        input: '{}',
        deadLetterConfig: { arn: deadLetters.queueArn },
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 3 },
      },
    });
    schedule.node.addDependency(role);
  }
}
