import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { PoliciesApiEnv } from '../../functions/policies/env.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { allowServe, apiEnv, type Exposure, type Platform } from './slice.ts';

export class PoliciesSlice extends Construct {
  readonly exposes: readonly Exposure[];

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    const api = new ControlFunction(this, 'Api', {
      hosting: platform.hosting,
      entry: 'policies/api',
      description: 'Policy versions, their schema and validation',
      schema: PoliciesApiEnv,
      env: apiEnv(platform),
      timeout: Duration.seconds(28),
      memory: 1024,
      cedar: true,
    });
    allowServe(platform, api, 'policies');
    const documents = [{ path: 'policies/schema', open: false, cacheSeconds: 300 }];
    this.exposes = [{ function: api, segments: ['policies'], documents }];
  }
}
