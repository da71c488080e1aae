import {
  agentChanged,
  agentReachable,
  agentRegistered,
  agentStatusChanged,
  agentStrained,
  agentUnreachable,
} from '../directory/contract.ts';
import { consume, type Delivery, on } from '../shared/consume.ts';
import { readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { followSupply } from './capacity-supply.ts';
import { supplyStore } from './capacity-store.ts';
import { demandStore } from './demand-store.ts';
import { demandOf } from './demand.ts';
import { WorkloadConsumerEnv } from './env.ts';
import { followDeps } from './follow-deps.ts';
import { followAgent, reindex, releaseWork, type Signs } from './following.ts';
import { movesLoad } from './subscriptions.ts';

/** What an agent says of its load counts while it says that it has too much to do; else what we count does. */
const reportedIn = ({ load, strained }: { load: number; strained: boolean }): number | null => (strained ? load : null);

/** The slice's consumer on a given core. */
export const workloadConsumer = (core: Core) => {
  const deps = followDeps(core);
  const supplies = supplyStore(core.state);
  const follow = async (id: string, delivery: Delivery, signs: Signs = {}): Promise<void> => {
    await followAgent(deps, id, delivery.trace, signs);
    await followSupply({ ...deps, supplies }, id, delivery.trace);
    await reindex(deps, [id], delivery.commit);
  };
  return consume(
    'workload',
    [
      on(agentRegistered, ({ data }, delivery) => follow(data.agent_id, delivery)),
      on(agentChanged, ({ data }, delivery) => follow(data.agent_id, delivery)),
      on(agentStatusChanged, async ({ data }, delivery) => {
        if (data.to !== 'active')
          await releaseWork(deps, data.agent_id, `${data.agent_id} is ${data.to}.`, delivery.trace);
        await follow(data.agent_id, delivery);
      }),
      on(agentReachable, ({ data }, delivery) =>
        follow(data.agent_id, delivery, { reachable: true, reported: reportedIn(data) }),
      ),
      on(agentStrained, ({ data }, delivery) => follow(data.agent_id, delivery, { reported: reportedIn(data) })),
      on(agentUnreachable, async ({ data }, delivery) => {
        const reason = `${data.agent_id} has not been heard of since ${data.last_seen}.`;
        await releaseWork(deps, data.agent_id, reason, delivery.trace);
        await follow(data.agent_id, delivery, { reachable: false, reported: null });
      }),
      ...demandOf(demandStore(core.state), (agents, write) => reindex(deps, agents, write)),
      ...movesLoad.map((type) =>
        on(type, async ({ data }, delivery) => {
          const { agent, from, from_agent, assignee } = data;
          const agents = [agent, from, from_agent, assignee].filter((one) => typeof one === 'string');
          await reindex(deps, agents, delivery.commit);
        }),
      ),
    ],
    core,
  );
};

export const handler = workloadConsumer(coreFrom(readEnv(WorkloadConsumerEnv)));
