import { Problem } from '../../shared/errors.ts';
import type { Agent, Domain, Organization, SeenAgent, SeenPrincipal, Team } from '../contract.ts';
import type { Deps } from '../deps.ts';
import { found } from '../guards.ts';
import { seen, seenPrincipal } from '../sight.ts';
import { overview } from '../wholes.ts';

export const getPrincipal = async ({ directory, presences }: Deps, id: string): Promise<SeenPrincipal> =>
  seenPrincipal(presences, found(await directory.principal(id), `principal ${id}`));

export async function getAgent(deps: Deps, id: string): Promise<SeenAgent> {
  const [agent, signs] = await Promise.all([registered(deps, id), deps.presences.of(id)]);
  return seen(agent, signs);
}

/** An agent as it is registered. */
export async function registered({ directory }: Deps, id: string): Promise<Agent> {
  const principal = await directory.principal(id);
  return found(principal?.kind === 'agent' ? principal : undefined, `agent ${id}`);
}

export const getTeam = async ({ directory }: Deps, id: string): Promise<Team> =>
  found(await directory.team(id), `team ${id}`);

export const getDomain = async ({ directory }: Deps, id: string): Promise<Domain> =>
  found(await directory.domain(id), `domain ${id}`);

/** Pages of each index that one overview may cost: some 20,000 agents are counted. */
const overviewQueries = 20;

/** The organization without its agents, who are counted. */
export async function getOrganization({ directory, state }: Deps): Promise<Organization> {
  const [enterprise, parts] = await Promise.all([directory.enterprise(), overview(state, overviewQueries)]);
  if (!enterprise) throw new Problem('NotFound', 'There is no organization yet.');
  const { domains, teams, officers, complete } = parts;
  const agents = { active: 0, paused: 0, contained: 0, retired: 0 };
  for (const status of parts.agentStatuses) agents[status] += 1;
  const counts = { domains: domains.length, teams: teams.length, officers: officers.length, agents, complete };
  return { enterprise, domains, teams, officers, counts };
}
