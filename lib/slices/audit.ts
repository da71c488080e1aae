import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AuditApiEnv, AuditReconcilerEnv } from '../../functions/audit/env.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { ScheduledFunction } from '../constructs/scheduled-function.ts';
import { allowCommit, allowServe, apiEnv, commitEnv, type Exposure, type Platform } from './slice.ts';

export class AuditSlice extends Construct {
  readonly exposes: readonly Exposure[];

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    const api = new ControlFunction(this, 'Api', {
      hosting: platform.hosting,
      entry: 'audit/api',
      description: 'Queries and export of the audit trail, legal holds',
      schema: AuditApiEnv,
      env: apiEnv(platform),
      timeout: Duration.seconds(28),
      memory: 1024,
    });
    const own = ['audit#*'];
    allowServe(platform, api, 'audit', { list: { table: own, gsi1: ['directory#*'] }, remove: own });
    platform.data.ledger.allow(api, { get: true, list: ['by-agent', 'by-subject'] });
    this.reconciler(platform);
    this.exposes = [{ function: api, segments: ['audit'], documents: [] }];
  }

  private reconciler(platform: Platform): void {
    const { hosting, config, data } = platform;
    const reconciler = new ControlFunction(this, 'Reconciler', {
      hosting,
      entry: 'audit/reconciler',
      description: 'Counts the ledger against the archive and heals what is missing',
      schema: AuditReconcilerEnv,
      env: {
        ...commitEnv(platform),
        ARCHIVE_BUCKET: data.archive.bucketName,
        ARCHIVE_LOCK_MODE: config.archive_lock.mode,
      },
      timeout: Duration.minutes(15),
      memory: 1024,
    });
    const own = ['audit#*'];
    allowCommit(platform, reconciler, { get: own, list: { table: own, gsi1: ['directory#*'] }, put: own });
    data.ledger.allow(reconciler, { list: [] });
    data.allowArchive(reconciler, { read: true });
    new ScheduledFunction(this, 'Reconcile', {
      hosting,
      runs: reconciler,
      schedule: 'cron(30 1 * * ? *)',
      silence: Duration.days(1),
      description: 'Reconciles the day before with its archive',
    });
  }
}
