import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AuthorityApiEnv, AuthoritySweeperEnv } from '../../functions/authority/env.ts';
import { ControlFunction } from '../constructs/control-function.ts';
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
    const documents = [{ path: 'jwks.json', open: true, cacheSeconds: 300 }];
    this.exposes = [{ function: api, segments: ['decisions', 'matrix'], documents }];
  }

  private api(): ControlFunction {
    const { hosting, config, data } = this.platform;
    const api = new ControlFunction(this, 'Api', {
      hosting,
      entry: 'authority/api',
      description: 'Decisions, the decision matrix, and the keys of receipts',
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
      get: ['policies#*', 'approvals#escalation#*', 'approvals#delegation#*', ...limits],
      snapshot: limits,
      check: limits,
      adjust: limits,
      // An escalation is opened in the transaction of its decision.
      put: ['approvals#escalation#*'],
    });
    data.state.allow(api, { list: { table: own } });
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
}
