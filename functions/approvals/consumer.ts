import { agentStatusChanged } from '../directory/contract.ts';
import { consume, on } from '../shared/consume.ts';
import { readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { ApprovalsConsumerEnv } from './env.ts';
import { cancelEscalations } from './operations/cancel-escalations.ts';
import { approvalsStore } from './store.ts';

/** The slice's consumer on a given core. */
export const approvalsConsumer = (core: Core) => {
  const deps = { store: approvalsStore(core.state), commit: core.commit };
  return consume(
    'approvals',
    [
      on(agentStatusChanged, async ({ data }, delivery) => {
        if (data.to === 'retired') await cancelEscalations(deps, data.agent_id, data.domain, delivery);
      }),
    ],
    core,
  );
};

export const handler = approvalsConsumer(coreFrom(readEnv(ApprovalsConsumerEnv)));
