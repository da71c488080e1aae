import { readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { PoliciesSweeperEnv } from './env.ts';
import { expireObservation } from './operations/expire-observation.ts';
import { failStalled } from './operations/fail-simulation.ts';
import { policiesStore } from './store.ts';

/** The slice's sweep on a given core: enters the end of an observation, fails simulations that nobody runs any more. */
export function policiesSweeper(core: Core) {
  const deps = { store: policiesStore(core.state), commit: core.commit };
  return observed<unknown, { resumed: boolean; failed: number }>(async () => {
    const resumed = await expireObservation(deps, core.now());
    const failed = await failStalled(deps, core.now());
    count('ObservationsExpired', Number(resumed));
    count('SimulationsStalled', failed);
    logger.info('swept', { resumed, failed });
    return { resumed, failed };
  });
}

export const handler = policiesSweeper(coreFrom(readEnv(PoliciesSweeperEnv)));
