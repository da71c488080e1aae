import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  handoffAccepted,
  handoffClosed,
  handoffExpired,
  handoffOffered,
  handoffOpened,
  handoffQuestionAsked,
  handoffRefused,
  handoffWithdrawn,
} from '../../functions/handoffs/contract.ts';
import {
  HandoffsApiEnv,
  HandoffsConsumerEnv,
  HandoffsStepsEnv,
  HandoffsSweeperEnv,
} from '../../functions/handoffs/env.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { EventConsumer } from '../constructs/event-consumer.ts';
import { ScheduledFunction } from '../constructs/scheduled-function.ts';
import { Workflow } from '../constructs/workflow.ts';
import { allowCommit, allowServe, apiEnv, commitEnv, type Exposure, type Platform } from './slice.ts';

const own = ['handoffs#*'];
const handoffs = ['handoffs#handoff#*'];
const tasks = ['workload#task#*'];
const loads = ['workload#agent#*'];
const messages = ['approvals#message#*'];

/** What a step of the clock does: it reads who decides, changes the handoff, frees its tasks and fills inboxes. */
const clockAccess = {
  get: [...handoffs, ...tasks, 'directory#*'],
  list: { gsi1: ['directory#*'] },
  put: [...handoffs, ...tasks, ...messages],
  remove: handoffs,
};

export class HandoffsSlice extends Construct {
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const api = this.api();
    const workflow = this.workflow();
    this.consumer(workflow);
    this.sweeper(workflow);
    this.exposes = [{ function: api, segments: ['handoffs'], documents: [] }];
  }

  private api(): ControlFunction {
    const api = new ControlFunction(this, 'Api', {
      hosting: this.platform.hosting,
      entry: 'handoffs/api',
      description: 'Handoffs of tasks between teams',
      schema: HandoffsApiEnv,
      env: apiEnv(this.platform),
      memory: 1024,
    });
    allowServe(this.platform, api, 'handoffs', {
      // Key decisions that a package names must be there: decisions, and entries by their leaves in the tree.
      get: [...tasks, ...loads, 'authority#decision#*', 'audit#tree#leaf#*'],
      list: { gsi1: [...own, 'directory#*'], gsi2: own },
      put: [...tasks, ...loads, ...messages],
      // Leases of the claims that an acceptance ends, beside the row of the clock.
      remove: [...handoffs, ...tasks],
      adjust: loads,
      // Who the tasks wait for is active when they are brought there.
      check: ['directory#principal#*'],
    });
    return api;
  }

  private workflow(): Workflow {
    const { hosting } = this.platform;
    const steps = new ControlFunction(this, 'Steps', {
      hosting,
      entry: 'handoffs/steps',
      description: 'Reminds, lets expire, passes on and closes handoffs',
      schema: HandoffsStepsEnv,
      env: commitEnv(this.platform),
      timeout: Duration.seconds(30),
    });
    allowCommit(this.platform, steps, clockAccess);
    const workflow = new Workflow(this, 'Handoff', {
      hosting,
      definition: 'handoff',
      description: 'Clock of one handoff',
      functions: { HandoffsSteps: steps },
    });
    workflow.allowAnswer(steps);
    return workflow;
  }

  private consumer(workflow: Workflow): void {
    const { hosting, messaging } = this.platform;
    const consumer = new ControlFunction(this, 'Consumer', {
      hosting,
      entry: 'handoffs/consumer',
      description: 'Starts and wakes the clocks of handoffs',
      schema: HandoffsConsumerEnv,
      env: { ...commitEnv(this.platform), HANDOFF_WORKFLOW_ARN: workflow.machine.stateMachineArn },
      timeout: Duration.seconds(30),
    });
    // What it does is remembered, and is no change that the ledger would have to know of.
    this.platform.data.state.allow(consumer, { get: own, put: ['handoffs#consumed#*'] });
    workflow.allowStart(consumer);
    workflow.allowAnswer(consumer);
    new EventConsumer(this, 'Events', {
      hosting,
      consumer,
      on: [
        handoffOpened,
        handoffOffered,
        handoffAccepted,
        handoffQuestionAsked,
        handoffRefused,
        handoffWithdrawn,
        handoffExpired,
        handoffClosed,
      ],
      buses: messaging.buses,
    });
  }

  private sweeper(workflow: Workflow): void {
    const { hosting } = this.platform;
    const sweeper = new ControlFunction(this, 'Sweeper', {
      hosting,
      entry: 'handoffs/sweeper',
      description: 'Finds the handoffs whose clock has stopped',
      schema: HandoffsSweeperEnv,
      env: { ...commitEnv(this.platform), HANDOFF_WORKFLOW_ARN: workflow.machine.stateMachineArn },
      timeout: Duration.minutes(4),
    });
    allowCommit(this.platform, sweeper, { ...clockAccess, list: { gsi1: ['handoffs#*', 'directory#*'] } });
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
