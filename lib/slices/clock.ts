import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ClockEnv, CommitEnv } from '../../functions/shared/env.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { EventConsumer } from '../constructs/event-consumer.ts';
import type { StateAccess } from '../constructs/governed-table.ts';
import type { Urgency } from '../constructs/paging-alarm.ts';
import { ScheduledFunction } from '../constructs/scheduled-function.ts';
import { Workflow } from '../constructs/workflow.ts';
import { allowCommit, commitEnv, type Platform } from './slice.ts';

export type ClockProps = {
  /** Slice that the functions belong to: `handoffs`. */
  slice: string;
  /** What each execution keeps the clock of, and the definition that does: `handoff`. */
  of: string;
  /** What a step does to the state, and the sweeper in its place. */
  access: StateAccess;
  /** What the sweeper lists to find the clocks that have stopped. */
  sweeps: NonNullable<StateAccess['list']>;
  /** Event types that the consumer starts and wakes clocks on, or does its own with. */
  on: readonly { type: string }[];
  /** Of the alarm on an execution that failed; `warn` when absent. */
  urgency?: Urgency;
  descriptions: Readonly<Record<'steps' | 'consumer' | 'sweeper' | 'sweep', string>>;
};

/**
 * The clock of each record of a kind: a workflow with its steps, a consumer that starts and wakes it on events, and a sweeper
 * that finds the clocks that have stopped.
 * @returns the consumer, which may do nothing to the state yet
 */
export function addClock(scope: Construct, platform: Platform, props: ClockProps): ControlFunction {
  const workflow = addWorkflow(scope, platform, props);
  addSweeper(scope, platform, props, workflow);
  return addConsumer(scope, platform, props, workflow);
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function addWorkflow(scope: Construct, platform: Platform, props: ClockProps): Workflow {
  const { hosting } = platform;
  const { slice, of, urgency, descriptions } = props;
  const steps = new ControlFunction(scope, 'Steps', {
    hosting,
    entry: `${slice}/steps`,
    description: descriptions.steps,
    schema: CommitEnv,
    env: commitEnv(platform),
    timeout: Duration.seconds(30),
  });
  allowCommit(platform, steps, props.access);
  const workflow = new Workflow(scope, capitalised(of), {
    hosting,
    definition: of,
    description: `Clock of one ${of}`,
    functions: { [`${capitalised(slice)}Steps`]: steps },
    ...(urgency === undefined ? {} : { urgency }),
  });
  workflow.allowAnswer(steps);
  return workflow;
}

const clockEnv = (platform: Platform, { machine }: Workflow) => ({
  ...commitEnv(platform),
  CLOCK_WORKFLOW_ARN: machine.stateMachineArn,
});

function addConsumer(scope: Construct, platform: Platform, props: ClockProps, workflow: Workflow): ControlFunction {
  const { hosting, messaging } = platform;
  const consumer = new ControlFunction(scope, 'Consumer', {
    hosting,
    entry: `${props.slice}/consumer`,
    description: props.descriptions.consumer,
    schema: ClockEnv,
    env: clockEnv(platform, workflow),
    timeout: Duration.seconds(30),
  });
  workflow.allowStart(consumer);
  workflow.allowAnswer(consumer);
  new EventConsumer(scope, 'Events', { hosting, consumer, on: props.on, buses: messaging.buses });
  return consumer;
}

function addSweeper(scope: Construct, platform: Platform, props: ClockProps, workflow: Workflow): void {
  const { hosting } = platform;
  const sweeper = new ControlFunction(scope, 'Sweeper', {
    hosting,
    entry: `${props.slice}/sweeper`,
    description: props.descriptions.sweeper,
    schema: ClockEnv,
    env: clockEnv(platform, workflow),
    timeout: Duration.minutes(4),
  });
  allowCommit(platform, sweeper, { ...props.access, list: props.sweeps });
  workflow.allowStart(sweeper);
  new ScheduledFunction(scope, 'Sweep', {
    hosting,
    runs: sweeper,
    schedule: 'rate(5 minutes)',
    silence: Duration.minutes(30),
    description: props.descriptions.sweep,
  });
}
