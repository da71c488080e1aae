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

type Swept = { expired: string[]; moved: string[]; settled: number; late: string[] };

/** The slice's sweeper on a given core. */
export const workloadSweeper = (core: Core) => {
  const directory = directoryStore(core.state);
  const deps = {
    ...followDeps(core),
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
    count('TasksOverdue', late.length);
    count('LeasesExpired', expired.length);
    count('TasksRedistributed', moved.length);
    logger.info('swept', { expired, moved, settled, late });
    return { expired, moved, settled, late };
  });
};

/** Runs on a schedule: takes back what nobody works on any more, and spreads what waits for those who have too much to do. */
export const handler = workloadSweeper(coreFrom(readEnv(WorkloadSweeperEnv)));
