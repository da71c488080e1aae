import { setTimeout as wait } from 'node:timers/promises';
import { inboxPort } from '../approvals/inbox-port.ts';
import { directoryStore } from '../directory/questions.ts';
import { limitsPort } from '../limits/port.ts';
import { readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { directoryPort } from './agents.ts';
import { WorkloadSweeperEnv } from './env.ts';
import { followDeps } from './follow-deps.ts';
import { expireLeases, tellOverdue } from './following.ts';
import { redistribute, settleClaims } from './redistributing.ts';
import { expireAsTheyEnd } from './watching.ts';

/** Within the timeout of the function, and short of its next run. */
const watchSeconds = 40;

type Swept = { expired: string[]; moved: string[]; settled: number; late: string[] };

/**
 * The slice's sweeper on a given core.
 * @param seconds so long it stays for leases that run out meanwhile
 */
export const workloadSweeper = (core: Core, seconds = 0) => {
  const directory = directoryStore(core.state);
  const deps = {
    ...followDeps(core),
    wait,
    directory: directoryPort,
    inbox: inboxPort(core.state),
    limits: limitsPort(core),
    orchestratorOf: async (domain: string) => (await directory.domain(domain))?.orchestrator,
  };
  return observed<unknown, Swept>(async () => {
    const expired = await expireLeases(deps);
    const moved = await redistribute(deps);
    const settled = await settleClaims(deps);
    const late = await tellOverdue(deps);
    expired.push(...(await expireAsTheyEnd(deps, seconds)));
    count('TasksOverdue', late.length);
    count('LeasesExpired', expired.length);
    count('TasksRedistributed', moved.length);
    logger.info('swept', { expired, moved, settled, late });
    return { expired, moved, settled, late };
  });
};

/** Runs on a schedule: takes back what nobody works on any more, and spreads what waits for those who have too much to do. */
export const handler = workloadSweeper(coreFrom(readEnv(WorkloadSweeperEnv)), watchSeconds);
