import { S3Client } from '@aws-sdk/client-s3';
import { directoryStore } from '../directory/questions.ts';
import { archiveIn, canonical } from '../platform/archive.ts';
import { restoreEntry } from '../platform/restore.ts';
import { readEnv } from '../shared/env.ts';
import { coreFrom } from '../shared/runtime.ts';
import { observed } from '../shared/telemetry.ts';
import { AuditReconcilerEnv } from './env.ts';
import { reconcile } from './operations/reconcile.ts';
import type { Reconciliation } from './operations/reconcile-day.ts';
import { sealer } from './seal-entries.ts';
import { holdStore, ledgerStore } from './store.ts';
import { treeStore } from './store-tree.ts';

const env = readEnv(AuditReconcilerEnv);
const core = coreFrom(env);
const archive = archiveIn(new S3Client({}), { bucket: env.ARCHIVE_BUCKET, mode: env.ARCHIVE_LOCK_MODE, now: core.now });
const tree = treeStore(core.state);
const deps = {
  ...core,
  ledger: ledgerStore(core.ledger, core.ledgerShards),
  holds: holdStore(core.state),
  archive: { ...archive, sizeOf: (item: Parameters<typeof canonical>[0]) => canonical(item).length },
  restore: restoreEntry(core.dynamo, env.LEDGER_TABLE),
  tree,
  seal: sealer({ tree, commit: core.commit, now: core.now }),
  domains: async () => (await directoryStore(core.state).domains(undefined, 1000)).items.map(({ id }) => id),
};

/** Runs daily, and by hand with `{ day, domains }`. */
export const handler = observed<unknown, Reconciliation[]>((event) => reconcile(deps, event));
