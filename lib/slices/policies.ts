import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { PoliciesApiEnv, PoliciesStepsEnv, PoliciesSweeperEnv } from '../../functions/policies/env.ts';
import { enterprise } from '../config.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { ScheduledFunction } from '../constructs/scheduled-function.ts';
import { Workflow } from '../constructs/workflow.ts';
import { allowCommit, allowServe, apiEnv, commitEnv, type Exposure, type Platform } from './slice.ts';

const own = ['policies#*'];
const decisions = ['authority#decision#*'];

export class PoliciesSlice extends Construct {
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const simulation = new Workflow(this, 'Simulation', {
      hosting: platform.hosting,
      definition: 'simulation',
      description: 'Replays recorded decisions under a policy version',
      functions: { PoliciesSteps: this.steps() },
    });
    const api = this.api(simulation);
    this.sweeper();
    const documents = [{ path: 'policies/schema', open: false, cacheSeconds: 300 }];
    this.exposes = [{ function: api, segments: ['policies'], documents }];
  }

  private api(simulation: Workflow): ControlFunction {
    const api = new ControlFunction(this, 'Api', {
      hosting: this.platform.hosting,
      entry: 'policies/api',
      description: 'Policy versions: validation, simulation, activation, rollback, enforcement, dry runs',
      schema: PoliciesApiEnv,
      env: { ...apiEnv(this.platform), SIMULATION_ARN: simulation.machine.stateMachineArn },
      timeout: Duration.seconds(28),
      memory: 1769,
      cedar: true,
    });
    allowServe(this.platform, api, 'policies', { get: decisions, check: decisions, list: { table: own } });
    simulation.allowStart(api);
    return api;
  }

  private steps(): ControlFunction {
    const { hosting, config, data } = this.platform;
    const steps = new ControlFunction(this, 'Steps', {
      hosting,
      entry: 'policies/steps',
      description: 'Replays a page of recorded decisions under a policy version',
      schema: PoliciesStepsEnv,
      env: { ...commitEnv(this.platform), DOMAINS: JSON.stringify([...config.domains, enterprise]) },
      timeout: Duration.minutes(3),
      // A page is 500 evaluations, and CPU grows with memory.
      memory: 1769,
      cedar: true,
    });
    allowCommit(this.platform, steps, { get: [...own, ...decisions], put: own });
    data.ledger.allow(steps, { list: [] });
    return steps;
  }

  private sweeper(): void {
    const { hosting } = this.platform;
    const sweeper = new ControlFunction(this, 'Sweeper', {
      hosting,
      entry: 'policies/sweeper',
      description: 'Enters the end of an observation; fails simulations that nobody runs any more',
      schema: PoliciesSweeperEnv,
      env: commitEnv(this.platform),
      timeout: Duration.seconds(50),
    });
    allowCommit(this.platform, sweeper, { get: own, list: { gsi1: own }, put: own });
    new ScheduledFunction(this, 'Sweep', {
      hosting,
      runs: sweeper,
      schedule: 'rate(1 minute)',
      silence: Duration.minutes(15),
      description: 'Looks every minute whether an observation has ended',
    });
  }
}
