import type * as z from 'zod';
import type { ApiEnv, CheckpointEnv, CommitEnv, DataSubjectsEnv } from '../../functions/shared/env.ts';
import type { Config } from '../config.ts';
import type { ControlFunction } from '../constructs/control-function.ts';
import type { StateAccess } from '../constructs/governed-table.ts';
import { type Hosting, nameOf } from '../constructs/hosting.ts';
import type { DataStack } from '../stacks/data.ts';
import type { IdentityStack } from '../stacks/identity.ts';
import type { MessagingStack } from '../stacks/messaging.ts';

/** What a slice stands on. */
export type Platform = {
  config: Config;
  hosting: Hosting;
  identity: IdentityStack;
  data: DataStack;
  messaging: MessagingStack;
};

/** One cacheable document of the API. */
export type ApiDocument = {
  /** Below `/v1`. */
  path: string;
  /** Anybody may read it, without a token. */
  open: boolean;
  cacheSeconds: number;
};

/** What the API routes to a function: whole segments below `/v1`, and single documents. */
export type Exposure = {
  function: ControlFunction;
  segments: readonly string[];
  /** Collections below the records of another function's segment: `agents/{id}/inbox`. */
  below?: readonly `${string}/{id}/${string}`[];
  documents: readonly ApiDocument[];
};

export const commitEnv = ({ config, data }: Platform): z.input<typeof CommitEnv> => ({
  STATE_TABLE: data.state.table.tableName,
  LEDGER_TABLE: data.ledger.table.tableName,
  LEDGER_SHARDS: String(config.ledger_shards),
});

export const apiEnv = (platform: Platform): z.input<typeof ApiEnv> => ({
  ...commitEnv(platform),
  CURSOR_KEY_ID: platform.data.cursorKey.keyId,
  RATE_LIMIT_PER_MINUTE: String(platform.config.rate_limit_per_minute),
});

/** What making checkpoints needs to know, the archive that they are locked in included. */
export const evidenceEnv = ({ config, data }: Platform) =>
  ({
    ARCHIVE_BUCKET: data.archive.bucketName,
    ARCHIVE_LOCK_MODE: config.archive_lock.mode,
    CHECKPOINT_KEY_ID: data.checkpointKey.keyId,
    CHECKPOINT_ORIGIN: `urn:${nameOf(config).replace('-', ':')}:ledger`,
  }) satisfies z.input<typeof CheckpointEnv> & Record<string, string>;

/** Keys of the Merkle tree over the ledger. */
export const treeKeys = ['audit#tree#*'];

/** What sealing and signing need: the tree, in transactions that carry no entries, and the key of the checkpoints. */
export function allowSealing({ data }: Platform, to: ControlFunction): void {
  data.state.allow(to, { get: treeKeys, put: treeKeys });
  data.allowSigning(to);
}

/** What a function needs that knows data subjects. */
export const dataSubjectsEnv = ({ data }: Platform): z.input<typeof DataSubjectsEnv> => ({
  SUBJECTS_KEY_ID: data.subjectsKey.keyId,
  PSEUDONYM_KEY_ID: data.pseudonymKey.keyId,
});

/** What `commit` needs: the ledger, and in the same transaction whatever of the state is named. */
export function allowCommit({ data }: Platform, to: ControlFunction, state: StateAccess = {}): void {
  data.ledger.allow(to, { append: true });
  data.state.allow(to, state);
}

/**
 * What `serve` needs: commit with a record of the answer, admission of the caller, its rate; and cursors, where there are
 * lists. `more` is what the slice's own operations do.
 */
export function allowServe(platform: Platform, to: ControlFunction, slice: string, more: StateAccess = {}): void {
  const own = [`${slice}#*`];
  allowCommit(platform, to, {
    ...more,
    get: [...new Set([...own, 'directory#*', ...(more.get ?? [])])],
    put: [...own, ...(more.put ?? [])],
    count: ['gateway#rate#*'],
  });
  if (more.list) platform.data.allowCursors(to);
}
