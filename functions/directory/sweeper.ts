import { inboxPort } from '../approvals/inbox-port.ts';
import { readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { DirectorySweeperEnv } from './env.ts';
import { findSilentAgents } from './operations/find-silent-agents.ts';
import { presenceStore } from './presence-store.ts';
import { directoryStore } from './questions.ts';

/** The sweeper on a given core: makes agents unreachable that were silent for too long. */
export function directorySweeper(core: Core, heartbeatSeconds: number) {
  const deps = {
    presences: presenceStore(core.state),
    directory: directoryStore(core.state),
    read: core.state.getMany,
    inbox: inboxPort(core.state),
    commit: core.commit,
    heartbeatSeconds,
  };
  return observed<unknown, { unreachable: number }>(async () => {
    const unreachable = await findSilentAgents(deps, core.now());
    count('AgentsUnreachable', unreachable);
    logger.info('swept', { unreachable });
    return { unreachable };
  });
}

const env = readEnv(DirectorySweeperEnv);
export const handler = directorySweeper(coreFrom(env), env.HEARTBEAT_SECONDS);
