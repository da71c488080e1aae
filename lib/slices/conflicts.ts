import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { decisionAllowed, decisionRedeemed } from '../../functions/authority/contract.ts';
import {
  conflictIdentified,
  conflictResolved,
  interestsGiven,
  perspectiveGiven,
} from '../../functions/conflicts/contract.ts';
import { reservationRefused } from '../../functions/dependencies/contract.ts';
import {
  ConflictsApiEnv,
  ConflictsConsumerEnv,
  ConflictsStepsEnv,
  ConflictsSweeperEnv,
} from '../../functions/conflicts/env.ts';
import { taskClaimed } from '../../functions/workload/contract.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { EventConsumer } from '../constructs/event-consumer.ts';
import { ScheduledFunction } from '../constructs/scheduled-function.ts';
import { Workflow } from '../constructs/workflow.ts';
import { allowCommit, allowServe, apiEnv, commitEnv, type Exposure, type Platform } from './slice.ts';

const own = ['conflicts#*'];
const conflict = ['conflicts#conflict#*'];
const messages = ['approvals#message#*'];

/** What a step of the clock does: it reads who decides, changes the conflict and fills inboxes. */
const clockAccess = {
  get: [...conflict, 'directory#*', 'authority#matrix'],
  list: { gsi1: ['directory#*'] },
  put: [...conflict, ...messages],
};

export class ConflictsSlice extends Construct {
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const api = this.api();
    const workflow = this.workflow();
    this.consumer(workflow);
    this.sweeper(workflow);
    this.exposes = [{ function: api, segments: ['conflicts', 'resolutions'], documents: [] }];
  }

  private api(): ControlFunction {
    const api = new ControlFunction(this, 'Api', {
      hosting: this.platform.hosting,
      entry: 'conflicts/api',
      description: 'Conflicts, what their parties say, and how they were resolved',
      schema: ConflictsApiEnv,
      env: apiEnv(this.platform),
      memory: 1024,
    });
    allowServe(this.platform, api, 'conflicts', {
      list: { gsi1: own, gsi2: own },
      put: messages,
      // What says that a conflict is open goes with its end.
      remove: [...conflict, 'conflicts#matter#*'],
    });
    return api;
  }

  private workflow(): Workflow {
    const { hosting } = this.platform;
    const steps = new ControlFunction(this, 'Steps', {
      hosting,
      entry: 'conflicts/steps',
      description: 'Moves a conflict on when the time of a step or a level is over',
      schema: ConflictsStepsEnv,
      env: commitEnv(this.platform),
      timeout: Duration.seconds(30),
    });
    allowCommit(this.platform, steps, clockAccess);
    const workflow = new Workflow(this, 'Conflict', {
      hosting,
      definition: 'conflict',
      description: 'Clock of one conflict',
      functions: { ConflictsSteps: steps },
    });
    workflow.allowAnswer(steps);
    return workflow;
  }

  private consumer(workflow: Workflow): void {
    const { hosting, messaging } = this.platform;
    const consumer = new ControlFunction(this, 'Consumer', {
      hosting,
      entry: 'conflicts/consumer',
      description: 'Detects conflicts, and starts and wakes their clocks',
      schema: ConflictsConsumerEnv,
      env: { ...commitEnv(this.platform), CONFLICT_WORKFLOW_ARN: workflow.machine.stateMachineArn },
      timeout: Duration.seconds(30),
    });
    allowCommit(this.platform, consumer, {
      get: [...own, 'directory#domain#*', 'workload#task#*', 'authority#decision#*'],
      put: [...own, ...messages],
    });
    workflow.allowStart(consumer);
    workflow.allowAnswer(consumer);
    new EventConsumer(this, 'Events', {
      hosting,
      consumer,
      on: [
        conflictIdentified,
        perspectiveGiven,
        interestsGiven,
        conflictResolved,
        reservationRefused,
        taskClaimed,
        decisionAllowed,
        decisionRedeemed,
      ],
      buses: messaging.buses,
    });
  }

  private sweeper(workflow: Workflow): void {
    const { hosting } = this.platform;
    const sweeper = new ControlFunction(this, 'Sweeper', {
      hosting,
      entry: 'conflicts/sweeper',
      description: 'Finds the conflicts whose clock has stopped',
      schema: ConflictsSweeperEnv,
      env: { ...commitEnv(this.platform), CONFLICT_WORKFLOW_ARN: workflow.machine.stateMachineArn },
      timeout: Duration.minutes(4),
    });
    allowCommit(this.platform, sweeper, { ...clockAccess, list: { gsi1: [...own, 'directory#*'] } });
    workflow.allowStart(sweeper);
    new ScheduledFunction(this, 'Sweep', {
      hosting,
      runs: sweeper,
      schedule: 'rate(5 minutes)',
      silence: Duration.minutes(30),
      description: 'Looks for stopped clocks of conflicts every five minutes',
    });
  }
}
