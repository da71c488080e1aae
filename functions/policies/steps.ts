import * as z from 'zod';
import { decisionsIn } from '../authority/store.ts';
import { newestEntries } from '../audit/newest-entries.ts';
import { ledgerStore } from '../audit/store.ts';
import { readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { SimulationId } from './contract.ts';
import { PoliciesStepsEnv } from './env.ts';
import { failSimulation } from './operations/fail-simulation.ts';
import { replayPage } from './operations/replay-page.ts';
import { recordedDecisions } from './recorded-decisions.ts';
import { policiesStore } from './store.ts';
import { versionsOf } from './versions.ts';

/** What `statemachines/simulation.asl.json` asks for. */
const Step = z.discriminatedUnion('step', [
  z.strictObject({ step: z.literal('replay'), simulation_id: SimulationId }),
  z.strictObject({ step: z.literal('fail'), simulation_id: SimulationId, reason: z.string() }),
]);

/** The steps of the slice's workflow on a given core. A page of records, some kilobytes each, fits the memory easily. */
export function policiesSteps(core: Core, domains: readonly string[], pageSize = 500) {
  const store = policiesStore(core.state);
  const entries = newestEntries(ledgerStore(core.ledger, core.ledgerShards), domains);
  const recorded = recordedDecisions(entries, decisionsIn(core.state));
  const deps = { store, recorded, versionOf: versionsOf(store), commit: core.commit, pageSize };
  return observed<unknown, { state: string }>(async (event) => {
    const step = Step.parse(event);
    const { simulation_id: id } = step;
    const now = core.now();
    const ended = step.step === 'fail' ? failSimulation(deps, id, step.reason, now) : replayPage(deps, id, now);
    const { state } = (await ended) ?? { state: 'failed' };
    count('SimulationSteps', 1);
    logger.info('simulated', { simulation_id: id, step: step.step, state });
    return { state };
  });
}

const env = readEnv(PoliciesStepsEnv);
export const handler = policiesSteps(coreFrom(env), env.DOMAINS);
