import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DirectoryApiEnv, DirectorySweeperEnv } from '../../functions/directory/env.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { ScheduledFunction } from '../constructs/scheduled-function.ts';
import { allowCommit, allowServe, apiEnv, commitEnv, type Exposure, type Platform } from './slice.ts';

const own = ['directory#*'];

export class DirectorySlice extends Construct {
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const segments = ['organization', 'domains', 'teams', 'agents', 'principals'];
    this.exposes = [{ function: this.api(), segments, documents: [] }];
    this.sweeper();
  }

  private get heartbeats() {
    return { HEARTBEAT_SECONDS: String(this.platform.config.heartbeat_seconds) };
  }

  private api(): ControlFunction {
    const { hosting, config } = this.platform;
    const api = new ControlFunction(this, 'Api', {
      hosting,
      entry: 'directory/api',
      description: 'Organization, domains, teams, agents and other principals',
      schema: DirectoryApiEnv,
      env: { ...apiEnv(this.platform), ...this.heartbeats, DOMAINS: JSON.stringify(config.domains) },
      timeout: Duration.seconds(28),
    });
    allowServe(this.platform, api, 'directory', {
      list: { table: own, gsi1: own, gsi2: own },
      check: own,
      remove: own,
    });
    return api;
  }

  private sweeper(): void {
    const { hosting } = this.platform;
    const sweeper = new ControlFunction(this, 'Sweeper', {
      hosting,
      entry: 'directory/sweeper',
      description: 'Finds agents that were silent for too long, and tells their teams',
      schema: DirectorySweeperEnv,
      env: { ...commitEnv(this.platform), ...this.heartbeats },
      timeout: Duration.minutes(2),
    });
    allowCommit(this.platform, sweeper, {
      get: own,
      list: { gsi1: own },
      // Who works with an agent hears in the same transaction that it is unreachable.
      put: ['directory#presence#*', 'approvals#message#*'],
    });
    new ScheduledFunction(this, 'Sweep', {
      hosting,
      runs: sweeper,
      schedule: 'rate(1 minute)',
      silence: Duration.minutes(10),
      description: 'Looks for silent agents every minute',
    });
  }
}
