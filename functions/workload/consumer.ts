import {
  agentChanged,
  agentReachable,
  agentRegistered,
  agentStatusChanged,
  agentUnreachable,
} from '../directory/contract.ts';
import { consume, type Delivery, on } from '../shared/consume.ts';
import { readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { WorkloadConsumerEnv } from './env.ts';
import { followDeps } from './follow-deps.ts';
import { followAgent, reindex, releaseWork } from './following.ts';
import { movesLoad } from './subscriptions.ts';

/** The slice's consumer on a given core. */
export const workloadConsumer = (core: Core) => {
  const deps = followDeps(core);
  const follow = async (id: string, delivery: Delivery, reachable?: boolean): Promise<void> => {
    await followAgent(deps, id, delivery.trace, reachable);
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
      on(agentReachable, ({ data }, delivery) => follow(data.agent_id, delivery, true)),
      on(agentUnreachable, async ({ data }, delivery) => {
        const reason = `${data.agent_id} has not been heard of since ${data.last_seen}.`;
        await releaseWork(deps, data.agent_id, reason, delivery.trace);
        await follow(data.agent_id, delivery, false);
      }),
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
