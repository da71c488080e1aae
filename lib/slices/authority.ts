import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AuthorityApiEnv, AuthorityConsumerEnv, AuthoritySweeperEnv } from '../../functions/authority/env.ts';
import { agentStatusChanged } from '../../functions/directory/contract.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { EventConsumer } from '../constructs/event-consumer.ts';
import { nameOf } from '../constructs/hosting.ts';
import { ScheduledFunction } from '../constructs/scheduled-function.ts';
import { allowCommit, allowServe, apiEnv, commitEnv, dataSubjectsEnv, type Exposure, type Platform } from './slice.ts';

const own = ['authority#*'];
/** What a decision reserves and settles, in its own transaction. */
const limits = ['limits#*'];

export class AuthoritySlice extends Construct {
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const api = this.api();
    this.sweeper();
    this.consumer();
    const documents = [{ path: 'jwks.json', open: true, cacheSeconds: 300 }];
    this.exposes = [{ function: api, segments: ['decisions', 'escalations', 'matrix'], documents }];
  }

  private api(): ControlFunction {
    const { hosting, config, data } = this.platform;
    const api = new ControlFunction(this, 'Api', {
      hosting,
      entry: 'authority/api',
      description: 'Decisions, escalations, the decision matrix, and the keys of receipts',
      schema: AuthorityApiEnv,
      env: {
        ...apiEnv(this.platform),
        ...dataSubjectsEnv(this.platform),
        RECEIPT_KEY_ID: data.receiptsKey.keyId,
        RECEIPT_TTL_SECONDS: String(config.receipt_ttl_seconds),
        RECEIPT_ISSUER: `urn:${nameOf(config).replace('-', ':')}`,
        OUTCOME_DUE_HOURS: String(config.outcome_due_hours),
      },
      // CPU grows with memory, and a decision's latency is this function's start and its policy evaluation.
      memory: 1769,
      cedar: true,
    });
    allowServe(this.platform, api, 'authority', {
      get: ['policies#*', ...limits],
      snapshot: limits,
      list: { table: own, gsi2: own },
      adjust: limits,
    });
    data.allowReceipts(api);
    data.allowDataSubjects(api, 'seal');
    return api;
  }

  private sweeper(): void {
    const { hosting } = this.platform;
    const sweeper = new ControlFunction(this, 'Sweeper', {
      hosting,
      entry: 'authority/sweeper',
      description: 'Finds decisions whose outcome is overdue, and gives back what they reserved',
      schema: AuthoritySweeperEnv,
      env: commitEnv(this.platform),
      timeout: Duration.minutes(4),
    });
    allowCommit(this.platform, sweeper, { get: limits, list: { gsi1: own }, put: own, adjust: limits });
    new ScheduledFunction(this, 'Sweep', {
      hosting,
      runs: sweeper,
      schedule: 'rate(5 minutes)',
      silence: Duration.minutes(30),
      description: 'Looks for overdue outcomes every five minutes',
    });
  }

  private consumer(): void {
    const { hosting, messaging } = this.platform;
    const consumer = new ControlFunction(this, 'Consumer', {
      hosting,
      entry: 'authority/consumer',
      description: 'Cancels the open escalations of agents that were retired',
      schema: AuthorityConsumerEnv,
      env: commitEnv(this.platform),
      timeout: Duration.seconds(30),
    });
    allowCommit(this.platform, consumer, { get: own, list: { gsi1: own }, put: own });
    new EventConsumer(this, 'Events', {
      hosting,
      consumer,
      on: [agentStatusChanged],
      buses: messaging.buses,
    });
  }
}
