import { limitsPort } from '../limits/port.ts';
import { readEnv } from '../shared/env.ts';
import { coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { AuthoritySweeperEnv } from './env.ts';
import { raiseMissedOutcomes } from './operations/raise-missed-outcomes.ts';
import { authorityStore } from './store.ts';

const core = coreFrom(readEnv(AuthoritySweeperEnv));
const deps = { store: authorityStore(core.state), limits: limitsPort(core), commit: core.commit };

/** Runs on a schedule: raises the alert of every decision whose outcome is overdue. */
export const handler = observed<unknown, { raised: number }>(async () => {
  const raised = await raiseMissedOutcomes(deps, core.now());
  count('MissedOutcomes', raised);
  logger.info('swept', { raised });
  return { raised };
});
