import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { inboxPort } from '../../functions/approvals/inbox-port.ts';
import { findSilentAgents } from '../../functions/directory/operations/find-silent-agents.ts';
import { presenceStore } from '../../functions/directory/presence-store.ts';
import { directoryStore } from '../../functions/directory/questions.ts';
import { coreHere } from './slices.ts';
import { world } from './world.ts';

/** A sweep in this process that looks at these agents only, on a client that fails as told. */
export async function sweepHere(
  agents: readonly string[],
  given: { at: Date; heartbeatSeconds: number; client?: DynamoDBClient },
): Promise<number> {
  const core = await coreHere({ client: given.client ?? world().dynamo });
  const presences = presenceStore(core.state);
  const due = async (now: Date) => (await presences.due(now, 1000)).filter(({ agent }) => agents.includes(agent));
  const deps = {
    presences: { ...presences, due },
    directory: directoryStore(core.state),
    read: core.state.getMany,
    inbox: inboxPort(core.state),
    commit: core.commit,
    heartbeatSeconds: given.heartbeatSeconds,
  };
  return findSilentAgents(deps, given.at);
}
