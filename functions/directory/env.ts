import * as z from 'zod';
import { ApiEnv, CommitEnv, Count, jsonOf } from '../shared/env.ts';

/** How often agents send heartbeats. */
const HeartbeatEnv = z.object({ HEARTBEAT_SECONDS: Count });

/** `DOMAINS` are those that have an event bus in this deployment. */
export const DirectoryApiEnv = ApiEnv.extend({ DOMAINS: jsonOf(z.array(z.string()).min(1)) }).extend(
  HeartbeatEnv.shape,
);

export const DirectorySweeperEnv = CommitEnv.extend(HeartbeatEnv.shape);
