import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AuditApiEnv, AuditReconcilerEnv, AuditSealerEnv } from '../../functions/audit/env.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { ScheduledFunction } from '../constructs/scheduled-function.ts';
import {
  allowCommit,
  allowSealing,
  allowServe,
  apiEnv,
  commitEnv,
  dataSubjectsEnv,
  evidenceEnv,
  type Exposure,
  type Platform,
} from './slice.ts';

export class AuditSlice extends Construct {
  readonly exposes: readonly Exposure[];

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    const api = new ControlFunction(this, 'Api', {
      hosting: platform.hosting,
      entry: 'audit/api',
      description: 'Queries, export and proofs of the audit trail, legal holds',
      schema: AuditApiEnv,
      env: { ...apiEnv(platform), ...dataSubjectsEnv(platform) },
      timeout: Duration.seconds(28),
      memory: 1024,
    });
    const own = ['audit#*'];
    allowServe(platform, api, 'audit', { list: { table: own, gsi1: ['directory#*'] }, remove: own });
    platform.data.allowDataSubjects(api, 'erase');
    platform.data.ledger.allow(api, { get: true, list: ['by-agent', 'by-subject'] });
    this.reconciler(platform);
    this.sealer(platform);
    this.exposes = [{ function: api, segments: ['audit'], documents: [] }];
  }

  private sealer(platform: Platform): void {
    const { hosting, data } = platform;
    const sealer = new ControlFunction(this, 'Sealer', {
      hosting,
      entry: 'audit/sealer',
      description: 'Signs the tree over the ledger where the end of a batch did not',
      schema: AuditSealerEnv,
      env: { ...commitEnv(platform), ...evidenceEnv(platform) },
      timeout: Duration.seconds(50),
    });
    data.state.allow(sealer, { list: { table: ['audit#tree#checkpoints'] } });
    allowSealing(platform, sealer);
    data.allowArchive(sealer, { under: 'checkpoints/' });
    data.allowReadingCheckpoints(sealer);
    new ScheduledFunction(this, 'Seal', {
      hosting,
      runs: sealer,
      schedule: 'rate(1 minute)',
      silence: Duration.minutes(5),
      description: 'Signs what has grown since the last checkpoint, every minute',
    });
  }

  private reconciler(platform: Platform): void {
    const { hosting, config, data } = platform;
    const reconciler = new ControlFunction(this, 'Reconciler', {
      hosting,
      entry: 'audit/reconciler',
      description: 'Counts the ledger against archive and Merkle tree, and heals what is missing',
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
