import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  escalationApproved,
  escalationCancelled,
  escalationOpened,
  escalationRejected,
  escalationReturned,
  escalationTimedOut,
} from '../../functions/approvals/contract.ts';
import {
  ApprovalsApiEnv,
  ApprovalsConsumerEnv,
  ApprovalsStepsEnv,
  ApprovalsSweeperEnv,
} from '../../functions/approvals/env.ts';
import { agentStatusChanged } from '../../functions/directory/contract.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { EventConsumer } from '../constructs/event-consumer.ts';
import { ScheduledFunction } from '../constructs/scheduled-function.ts';
import { Workflow } from '../constructs/workflow.ts';
import { allowCommit, allowServe, apiEnv, commitEnv, type Exposure, type Platform } from './slice.ts';

const own = ['approvals#*'];
const escalations = ['approvals#escalation#*'];

/** What a step of the clock does: it reads who decides, changes the escalation and fills inboxes. */
const clockAccess = {
  get: ['approvals#*', 'directory#*'],
  list: { gsi1: ['directory#*'] },
  put: own,
  remove: escalations,
};

export class ApprovalsSlice extends Construct {
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const api = this.api();
    const workflow = this.workflow();
    this.consumer(workflow);
    this.sweeper(workflow);
    this.exposes = [
      {
        function: api,
        segments: ['escalations', 'delegations', 'break-glass'],
        below: ['agents/{id}/inbox'],
        documents: [],
      },
    ];
  }

  private api(): ControlFunction {
    const api = new ControlFunction(this, 'Api', {
      hosting: this.platform.hosting,
      entry: 'approvals/api',
      description: 'Escalations, votes, delegations, break-glass and inboxes',
      schema: ApprovalsApiEnv,
      env: apiEnv(this.platform),
      memory: 1024,
    });
    allowServe(this.platform, api, 'approvals', {
      check: ['approvals#delegation#*'],
      list: { table: own, gsi1: own, gsi2: own },
      remove: escalations,
    });
    return api;
  }

  private workflow(): Workflow {
    const { hosting } = this.platform;
    const steps = new ControlFunction(this, 'Steps', {
      hosting,
      entry: 'approvals/steps',
      description: 'Tells, reminds and moves up the levels of an escalation',
      schema: ApprovalsStepsEnv,
      env: commitEnv(this.platform),
      timeout: Duration.seconds(30),
    });
    allowCommit(this.platform, steps, clockAccess);
    const workflow = new Workflow(this, 'Escalation', {
      hosting,
      definition: 'escalation',
      description: 'Clock of one escalation',
      functions: { ApprovalsSteps: steps },
      // A clock that stands still is an approval that nobody is asked for.
      urgency: 'page',
    });
    workflow.allowAnswer(steps);
    return workflow;
  }

  private consumer(workflow: Workflow): void {
    const { hosting, messaging } = this.platform;
    const consumer = new ControlFunction(this, 'Consumer', {
      hosting,
      entry: 'approvals/consumer',
      description: 'Starts and wakes the clocks of escalations; cancels those of agents that were retired',
      schema: ApprovalsConsumerEnv,
      env: { ...commitEnv(this.platform), ESCALATION_WORKFLOW_ARN: workflow.machine.stateMachineArn },
      timeout: Duration.seconds(30),
    });
    allowCommit(this.platform, consumer, { get: own, list: { gsi1: own }, put: own, remove: escalations });
    workflow.allowStart(consumer);
    workflow.allowAnswer(consumer);
    new EventConsumer(this, 'Events', {
      hosting,
      consumer,
      on: [
        agentStatusChanged,
        escalationOpened,
        escalationApproved,
        escalationRejected,
        escalationReturned,
        escalationTimedOut,
        escalationCancelled,
      ],
      buses: messaging.buses,
    });
  }

  private sweeper(workflow: Workflow): void {
    const { hosting } = this.platform;
    const sweeper = new ControlFunction(this, 'Sweeper', {
      hosting,
      entry: 'approvals/sweeper',
      description: 'Finds the escalations whose clock has stopped, and overdue reviews',
      schema: ApprovalsSweeperEnv,
      env: { ...commitEnv(this.platform), ESCALATION_WORKFLOW_ARN: workflow.machine.stateMachineArn },
      timeout: Duration.minutes(4),
    });
    allowCommit(this.platform, sweeper, { ...clockAccess, list: { gsi1: ['approvals#*', 'directory#*'], gsi2: own } });
    workflow.allowStart(sweeper);
    new ScheduledFunction(this, 'Sweep', {
      hosting,
      runs: sweeper,
      schedule: 'rate(5 minutes)',
      silence: Duration.minutes(30),
      description: 'Looks for stopped clocks every five minutes',
    });
  }
}
