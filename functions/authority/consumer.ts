import { agentStatusChanged } from '../directory/contract.ts';
import { consume, on } from '../shared/consume.ts';
import { readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { AuthorityConsumerEnv } from './env.ts';
import { cancelEscalations } from './operations/cancel-escalations.ts';
import { authorityStore } from './store.ts';

/** The slice's consumer on a given core. */
export const authorityConsumer = (core: Core) => {
  const deps = { store: authorityStore(core.state), commit: core.commit };
  return consume(
    'authority',
    [
      on(agentStatusChanged, async ({ data }, delivery) => {
        if (data.to === 'retired') await cancelEscalations(deps, data.agent_id, delivery);
      }),
    ],
    core,
  );
};

export const handler = authorityConsumer(coreFrom(readEnv(AuthorityConsumerEnv)));
