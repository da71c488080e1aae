import type { Agent, SeenAgent } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import { changeOf } from '../facts.ts';
import { referred, requireAuthority, requireSound, requireStatus, requireVersion } from '../guards.ts';
import { merged, revised, targetOf } from '../model.ts';
import { ownerFaults, teamFaults } from '../placement.ts';
import { seen } from '../sight.ts';
import { unchanged } from '../store.ts';
import { registered } from './get-records.ts';

/** Changes an agent. A move to a team of another domain needs authority over both domains. */
export async function changeAgent(deps: Deps, call: Asked<'changeAgent'>): Promise<SeenAgent> {
  const { body, actor, now, params, version } = call;
  const [before, signs] = await Promise.all([registered(deps, params.id), deps.presences.of(params.id)]);
  requireAuthority(actor, targetOf(before));
  requireVersion(version, before.version);
  requireStatus(actor, targetOf(before), before.status, body.status);
  const { reason, ...patch } = body;
  const home = await homeOf(deps, before, body);
  requireAuthority(actor, { ...targetOf(before), domain: home.domain });
  const after = revised(before, merged(before, { ...patch, domain: home.domain }), now);
  if (!after) return seen(before, signs);
  const change = changeOf([{ of: 'principal', before, after }], { reason, relies: home.relies });
  return call.commit(change, seen(after, signs));
}

/** The domain that the agent will be in; what a change of team, client or owner refers to is checked. */
async function homeOf({ directory }: Deps, before: Agent, body: Asked<'changeAgent'>['body']) {
  if (body.owner !== undefined) requireSound(ownerFaults(body.owner, await directory.owner(body.owner)));
  if (body.team === undefined && body.client_id === undefined) return { domain: before.domain, relies: [] };
  const id = body.team ?? before.team;
  const team = referred(await directory.team(id), 'team', `team ${id}`);
  const client_id = body.client_id === undefined ? before.client_id : (body.client_id ?? undefined);
  requireSound(teamFaults({ client_id }, team));
  return { domain: team.domain, relies: [unchanged({ team })] };
}
