import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DirectoryApiEnv } from '../../functions/directory/env.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { allowServe, apiEnv, type Exposure, type Platform } from './slice.ts';

export class DirectorySlice extends Construct {
  readonly exposes: readonly Exposure[];

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    const api = new ControlFunction(this, 'Api', {
      hosting: platform.hosting,
      entry: 'directory/api',
      description: 'Organization, domains, teams, agents and other principals',
      schema: DirectoryApiEnv,
      env: { ...apiEnv(platform), DOMAINS: JSON.stringify(platform.config.domains) },
      timeout: Duration.seconds(28),
    });
    const own = ['directory#*'];
    allowServe(platform, api, 'directory', {
      list: { table: own, gsi1: own, gsi2: own },
      check: own,
      remove: own,
    });
    const segments = ['organization', 'domains', 'teams', 'agents', 'principals'];
    this.exposes = [{ function: api, segments, documents: [] }];
  }
}
