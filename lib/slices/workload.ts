import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  agentChanged,
  agentReachable,
  agentRegistered,
  agentStatusChanged,
  agentStrained,
  agentUnreachable,
} from '../../functions/directory/contract.ts';
import { WorkloadApiEnv, WorkloadConsumerEnv, WorkloadSweeperEnv } from '../../functions/workload/env.ts';
import { taskCompleted, taskCreated } from '../../functions/workload/contract.ts';
import { movesLoad } from '../../functions/workload/subscriptions.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { EventConsumer } from '../constructs/event-consumer.ts';
import { ScheduledFunction } from '../constructs/scheduled-function.ts';
import { allowCommit, allowServe, apiEnv, commitEnv, type Exposure, type Platform } from './slice.ts';

const own = ['workload#*'];
const tasks = ['workload#task#*'];
const loads = ['workload#agent#*'];
/** What a claim reserves and settles, in its own transaction. */
const limits = ['limits#*'];
const messages = ['approvals#message#*'];
const agents = ['directory#principal#*'];

export class WorkloadSlice extends Construct {
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const api = this.api();
    this.consumer();
    this.sweeper();
    this.exposes = [{ function: api, segments: ['tasks', 'capacity'], below: ['agents/{id}/work'], documents: [] }];
  }

  private api(): ControlFunction {
    const { hosting, config } = this.platform;
    const api = new ControlFunction(this, 'Api', {
      hosting,
      entry: 'workload/api',
      description: 'Tasks: queues, claims, assignment, reviews',
      schema: WorkloadApiEnv,
      env: { ...apiEnv(this.platform), LEASE_SECONDS: String(config.lease_seconds) },
      timeout: Duration.seconds(28),
      memory: 1024,
    });
    allowServe(this.platform, api, 'workload', {
      get: ['authority#decision#*', ...limits],
      snapshot: limits,
      list: { table: [...tasks, 'workload#demand*', 'workload#supply#*'], gsi1: own, gsi2: own },
      // An assignment relies on its agent being active, and on the decision that lets it cross a border.
      check: [...limits, ...agents, 'authority#decision#*'],
      adjust: [...loads, ...limits],
      put: messages,
      remove: tasks,
    });
    return api;
  }

  private consumer(): void {
    const { hosting, messaging } = this.platform;
    const consumer = new ControlFunction(this, 'Consumer', {
      hosting,
      entry: 'workload/consumer',
      description: 'Keeps the index of candidates up with agents and tasks; takes work back from agents that stopped',
      schema: WorkloadConsumerEnv,
      env: commitEnv(this.platform),
      timeout: Duration.seconds(30),
    });
    allowCommit(this.platform, consumer, {
      get: [...own, ...agents],
      list: { gsi1: own },
      put: own,
      adjust: [...loads, 'workload#demand#*', 'workload#supply#*'],
      remove: [...tasks, ...loads],
    });
    new EventConsumer(this, 'Events', {
      hosting,
      consumer,
      on: [
        agentRegistered,
        agentChanged,
        agentStatusChanged,
        agentReachable,
        agentUnreachable,
        agentStrained,
        taskCreated,
        taskCompleted,
        ...movesLoad,
      ],
      buses: messaging.buses,
    });
  }

  private sweeper(): void {
    const { hosting } = this.platform;
    const sweeper = new ControlFunction(this, 'Sweeper', {
      hosting,
      entry: 'workload/sweeper',
      description: 'Takes back what nobody works on any more, and spreads what waits for those who have too much to do',
      schema: WorkloadSweeperEnv,
      env: commitEnv(this.platform),
      timeout: Duration.seconds(55),
    });
    allowCommit(this.platform, sweeper, {
      get: [...own, ...limits, 'directory#domain#*'],
      list: { table: tasks, gsi1: own },
      check: agents,
      put: [...own, ...messages],
      adjust: [...loads, ...limits],
      remove: tasks,
    });
    new ScheduledFunction(this, 'Sweep', {
      hosting,
      runs: sweeper,
      schedule: 'rate(1 minute)',
      silence: Duration.minutes(10),
      description: 'Looks for leases that ran out every minute',
    });
  }
}
