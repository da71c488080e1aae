import { newAgent } from '../births.ts';
import type { Agent } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import { changeOf } from '../facts.ts';
import { requireAuthority, requireSound } from '../guards.ts';
import { ownerFaults, teamFaults } from '../placement.ts';
import { unchanged } from '../store.ts';

/** Registers an agent, active, in a team that stands. */
export async function registerAgent({ directory }: Deps, call: Asked<'registerAgent'>): Promise<Agent> {
  const { body, actor, now } = call;
  const [team, owner] = await Promise.all([directory.team(body.team), directory.principal(body.owner)]);
  requireAuthority(actor, { kind: 'agent', id: body.id, domain: team?.domain ?? body.domain ?? actor.domain });
  requireSound([...teamFaults(body, team), ...ownerFaults(body.owner, owner)]);
  const agent = newAgent(body, team?.domain ?? '', now);
  return call.commit(changeOf([{ of: 'principal', after: agent }], { relies: team ? [unchanged({ team })] : [] }), agent);
}
