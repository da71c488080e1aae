import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { LimitsApiEnv } from '../../functions/limits/env.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { allowServe, apiEnv, type Exposure, type Platform } from './slice.ts';

export class LimitsSlice extends Construct {
  readonly exposes: readonly Exposure[];

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    const api = new ControlFunction(this, 'Api', {
      hosting: platform.hosting,
      entry: 'limits/api',
      description: 'Resource limits, and what is left of them',
      schema: LimitsApiEnv,
      env: apiEnv(platform),
      timeout: Duration.seconds(28),
      memory: 1024,
    });
    const own = ['limits#*'];
    allowServe(platform, api, 'limits', {
      get: ['authority#*'],
      snapshot: own,
      list: { gsi1: own },
      // A limit changes under the decision that allows it, and a vault under the quotas that are in force.
      check: [...own, 'authority#decision#*'],
      adjust: own,
    });
    this.exposes = [{ function: api, segments: ['limits'], documents: [] }];
  }
}
