import type * as z from 'zod';
import type { ApiEnv, CommitEnv } from '../../functions/shared/env.ts';
import type { Config } from '../config.ts';
import type { ControlFunction } from '../constructs/control-function.ts';
import type { Hosting } from '../constructs/hosting.ts';
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

/** What `commit` needs: the slice's own keys and the ledger, in one transaction. */
export function allowCommit({ data }: Platform, to: ControlFunction, ...slices: string[]): void {
  data.ledger.allow(to, { append: true });
  const keys = slices.map((slice) => `${slice}#*`);
  if (keys.length > 0) data.state.allow(to, { read: keys, transact: keys });
}

/** What `serve` needs: commit, admission of the caller, its rate, and cursors. */
export function allowServe(platform: Platform, to: ControlFunction, slice: string, ...alsoReads: string[]): void {
  const { data } = platform;
  data.ledger.allow(to, { append: true });
  const own = [`${slice}#*`];
  const read = [...new Set([...own, 'directory#*', ...alsoReads.map((other) => `${other}#*`)])];
  data.state.allow(to, { read, transact: own, count: ['gateway#rate#*'] });
  data.allowCursors(to);
}
