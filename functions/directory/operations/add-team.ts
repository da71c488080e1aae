import { newTeam } from '../births.ts';
import type { Team } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import { changeOf } from '../facts.ts';
import { referred, requireAuthority, requireSound } from '../guards.ts';
import { domainFaults } from '../placement.ts';
import { unchanged } from '../store.ts';

/** Adds a team, active, to a domain that stands. */
export async function addTeam({ directory }: Deps, call: Asked<'addTeam'>): Promise<Team> {
  const { body, actor } = call;
  requireAuthority(actor, { kind: 'team', id: body.id, domain: body.domain });
  const domain = referred(await directory.domain(body.domain), 'domain', `domain ${body.domain}`);
  requireSound(domainFaults(domain));
  const team = newTeam(body);
  return call.commit(changeOf([{ of: 'team', after: team }], { relies: [unchanged({ domain })] }), team);
}
