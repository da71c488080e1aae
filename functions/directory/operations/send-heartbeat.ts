import type { Item } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import type { HeartbeatAnswer } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import { heartbeat } from '../presence-changes.ts';
import { heard, type Signs } from '../presence-model.ts';
import { signsFrom } from '../presence-store.ts';
import { onLoaded, raced } from '../../shared/again.ts';

type Call = Asked<'sendHeartbeat'>;

/**
 * Renews the pulse of the agent that asks.
 * @param loaded its signs, from the read that admitted it: a heartbeat costs that read and one transaction
 */
export function sendHeartbeat(deps: Deps, call: Call, loaded: readonly (Item | undefined)[]): Promise<HeartbeatAnswer> {
  if (call.actor.id !== call.params.id) throw Problem.titled('NotThisAgent');
  const read = () => deps.presences.of(call.actor.id);
  return onLoaded(signsFrom(loaded), read, (before) => renew(deps, call, before));
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
  // Two first heartbeats at once: the second finds what the first has made, and renews that.
  return raced(commit(heartbeat(before, { pulse, presence }), answer), 'Another heartbeat came first.');
}
