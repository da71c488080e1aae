import { newAgent } from '../births.ts';
import type { SeenAgent } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import { changeOf } from '../facts.ts';
import { referred, requireAuthority, requireSound } from '../guards.ts';
import { ownerFaults, teamFaults } from '../placement.ts';
import { seen } from '../sight.ts';
import { unchanged } from '../store.ts';

/** Registers an agent, active, in a team that stands. */
export async function registerAgent({ directory }: Deps, call: Asked<'registerAgent'>): Promise<SeenAgent> {
  const { body, actor, now } = call;
  const [home, owner] = await Promise.all([directory.team(body.team), directory.owner(body.owner)]);
  const team = referred(home, 'team', `team ${body.team}`);
  requireAuthority(actor, { kind: 'agent', id: body.id, domain: team.domain });
  requireSound([...teamFaults(body, team), ...ownerFaults(body.owner, owner)]);
  const agent = newAgent(body, team.domain, now);
  return call.commit(changeOf([{ of: 'principal', after: agent }], { relies: [unchanged({ team })] }), seen(agent));
}
