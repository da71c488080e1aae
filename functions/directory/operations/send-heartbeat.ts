import { onLatest } from '../../shared/again.ts';
import type { Item } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import type { HeartbeatAnswer } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import { heartbeat } from '../presence-changes.ts';
import { heard, type Signs } from '../presence-model.ts';
import { signsFrom } from '../presence-store.ts';

type Call = Asked<'sendHeartbeat'>;

/**
 * Renews the pulse of the agent that asks.
 * @param loaded its signs, from the read that admitted it: a heartbeat costs that read and one transaction
 */
export function sendHeartbeat(deps: Deps, call: Call, loaded: readonly (Item | undefined)[]): Promise<HeartbeatAnswer> {
  if (call.actor.id !== call.params.id) throw Problem.titled('NotThisAgent');
  let read: Signs | undefined = signsFrom(loaded);
  return onLatest(async () => {
    const before = read ?? (await deps.presences.of(call.actor.id));
    read = undefined;
    return renew(deps, call, before);
  });
}

async function renew({ heartbeatSeconds }: Deps, { actor, body, now, commit }: Call, before: Signs) {
  const { id, domain, team = '' } = actor;
  const { pulse, presence } = heard(before, { agent: id, domain, team, report: body }, now, heartbeatSeconds);
  const answer = {
    agent_id: id,
    presence: 'reachable' as const,
    since: presence.since,
    heartbeat_at: pulse.seen_at,
    unreachable_at: pulse.due_at,
    interval_seconds: heartbeatSeconds,
  };
  return commit(heartbeat(before, { pulse, presence }), answer).catch(whereAnotherWasFirst);
}

/** Two first heartbeats at once: the second finds what the first has made, and renews that. */
function whereAnotherWasFirst(error: unknown): never {
  const isThere = error instanceof Problem && error.code === 'AlreadyExists';
  throw isThere ? new Problem('VersionConflict', 'Another heartbeat came first.') : error;
}
