import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { dependencyRegistered } from '../../functions/dependencies/contract.ts';
import {
  DependenciesApiEnv,
  DependenciesConsumerEnv,
  DependenciesSweeperEnv,
} from '../../functions/dependencies/env.ts';
import {
  taskCancelled,
  taskChanged,
  taskCompleted,
  taskExpired,
  taskFailed,
  taskReleased,
  taskReturned,
} from '../../functions/workload/contract.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { EventConsumer } from '../constructs/event-consumer.ts';
import { ScheduledFunction } from '../constructs/scheduled-function.ts';
import { allowCommit, allowServe, apiEnv, commitEnv, type Exposure, type Platform } from './slice.ts';

const own = ['dependencies#*'];
const tasks = ['workload#task#*'];
const records = ['dependencies#dependency#*'];
const messages = ['approvals#message#*'];
const resources = ['dependencies#resource#*'];

/** What following a dependency does, by an event or by the clock: the task that waits, its dependency, inboxes. */
const following = {
  get: [...own, ...tasks, 'directory#domain#*'],
  check: records,
  put: [...own, ...tasks, ...messages],
  remove: records,
};

export class DependenciesSlice extends Construct {
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const api = this.api();
    this.consumer();
    this.sweeper();
    this.exposes = [{ function: api, segments: ['dependencies', 'resources', 'reservations'], documents: [] }];
  }

  private api(): ControlFunction {
    const api = new ControlFunction(this, 'Api', {
      hosting: this.platform.hosting,
      entry: 'dependencies/api',
      description: 'Dependencies between tasks, shared resources and their calendars',
      schema: DependenciesApiEnv,
      env: apiEnv(this.platform),
      // Of many that want one resource at once, the last has to plan anew often.
      timeout: Duration.seconds(28),
      memory: 1024,
    });
    allowServe(this.platform, api, 'dependencies', {
      get: tasks,
      list: { table: ['dependencies#calendar#*'], gsi1: own, gsi2: own },
      // No cycle, as long as every task is as it was when none was found.
      check: tasks,
      put: [...tasks, ...messages],
      adjust: resources,
      remove: records,
    });
    return api;
  }

  private consumer(): void {
    const { hosting, messaging } = this.platform;
    const consumer = new ControlFunction(this, 'Consumer', {
      hosting,
      entry: 'dependencies/consumer',
      description: 'Tells who provides, and follows what becomes of tasks that others wait for',
      schema: DependenciesConsumerEnv,
      env: commitEnv(this.platform),
      timeout: Duration.seconds(30),
    });
    allowCommit(this.platform, consumer, { ...following, list: { gsi1: own, gsi2: own } });
    new EventConsumer(this, 'Events', {
      hosting,
      consumer,
      on: [
        dependencyRegistered,
        taskCompleted,
        taskFailed,
        taskCancelled,
        taskChanged,
        taskReleased,
        taskExpired,
        taskReturned,
      ],
      buses: messaging.buses,
    });
  }

  private sweeper(): void {
    const { hosting } = this.platform;
    const sweeper = new ControlFunction(this, 'Sweeper', {
      hosting,
      entry: 'dependencies/sweeper',
      description: 'Warns of dependencies that will be late, and of those that are',
      schema: DependenciesSweeperEnv,
      env: commitEnv(this.platform),
      timeout: Duration.seconds(55),
    });
    allowCommit(this.platform, sweeper, { ...following, list: { gsi1: own } });
    new ScheduledFunction(this, 'Sweep', {
      hosting,
      runs: sweeper,
      schedule: 'rate(1 minute)',
      silence: Duration.minutes(10),
      description: 'Looks every minute at the dependencies that time may have changed',
    });
  }
}
