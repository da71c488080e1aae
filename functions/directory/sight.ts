import type { SeenAgent, SeenPrincipal } from './contract.ts';
import type { Signs } from './presence-model.ts';
import type { Presences } from './presence-store.ts';
import type { Agent, Principal } from './records.ts';

const unheard: Signs = { pulse: undefined, presence: undefined };

/** An agent with what its heartbeats say of it. */
export const seen = (agent: Agent, { pulse, presence }: Signs = unheard): SeenAgent => ({
  ...agent,
  heartbeat_at: pulse?.seen_at ?? null,
  presence: presence?.state ?? 'unknown',
  reported: pulse?.report ?? null,
});

export async function seenPrincipal(presences: Pick<Presences, 'of'>, principal: Principal): Promise<SeenPrincipal> {
  return principal.kind === 'agent' ? seen(principal, await presences.of(principal.id)) : principal;
}
