import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { type Clock, systemClock } from './clock.ts';
import { type Commit, committer } from './commit.ts';
import { type Table, tableOf } from './dynamo.ts';
import { type Cursors, kmsCursors } from './page.ts';
import { counterIn, leasedLimiter, type RateLimiter } from './rate-limit.ts';

/** What every function that commits stands on. Tests build it with another clock or a client that fails on purpose. */
export type Core = {
  dynamo: DynamoDBClient;
  state: Table;
  ledger: Table;
  ledgerShards: number;
  commit: Commit;
  now: Clock;
};

/** What `serve` needs beyond that. */
export type Runtime = Core & { kms: KMSClient; cursors: Cursors; limiter: RateLimiter };

export type CoreEnv = { STATE_TABLE: string; LEDGER_TABLE: string; LEDGER_SHARDS: number };
export type RuntimeEnv = CoreEnv & { CURSOR_KEY_ID: string; RATE_LIMIT_PER_MINUTE: number };

export function coreFrom(env: CoreEnv, dynamo = new DynamoDBClient({}), now: Clock = systemClock): Core {
  const shards = env.LEDGER_SHARDS;
  return {
    dynamo,
    state: tableOf(dynamo, env.STATE_TABLE),
    ledger: tableOf(dynamo, env.LEDGER_TABLE),
    ledgerShards: shards,
    commit: committer(dynamo, { state: env.STATE_TABLE, ledger: env.LEDGER_TABLE, shards }),
    now,
  };
}

export function runtimeFrom(env: RuntimeEnv, core: Core = coreFrom(env)): Runtime {
  const kms = new KMSClient({});
  const limit = env.RATE_LIMIT_PER_MINUTE;
  return {
    ...core,
    kms,
    cursors: kmsCursors(kms, env.CURSOR_KEY_ID),
    limiter: leasedLimiter(limit, counterIn(core.dynamo, env.STATE_TABLE, limit)),
  };
}
