import { parse } from 'yaml';
import { chanceOf } from './chance.ts';

export type Skill = { name: string; proficiency: number };
/** An agent as the day knows it. */
export type Agent = { id: string; team: string; domain: string; skills: Skill[]; capacity: number };

type Document = {
  teams: { id: string; domain: string }[];
  agents: (Record<string, unknown> & Omit<Agent, 'domain'> & { name: string })[];
};

/** How many agents a day has. */
export const fleetSize = 40;

/**
 * The example organization with more agents, so that it has forty: each is a second one of some agent, as a team would take on.
 * @param text the example, with its clients and people filled in
 */
export function demoOrganization(text: string, seed: string): { document: Document; agents: Agent[] } {
  const document = parse(text) as Document;
  const chance = chanceOf(`${seed}/crew`);
  const models = chance.shuffled(document.agents).slice(0, Math.max(0, fleetSize - document.agents.length));
  for (const model of models) {
    const nth = document.agents.filter(({ team }) => team === model.team).length + 1;
    const id = `agt_${model.team.replaceAll('-', '_')}_${String(nth)}`;
    document.agents.push({ ...model, id, name: `${model.name}, second` });
  }
  const domains = new Map(document.teams.map(({ id, domain }) => [id, domain]));
  const agents = document.agents.map(({ id, team, skills, capacity }) => {
    const domain = domains.get(team);
    if (domain === undefined) throw new Error(`the team ${team} of ${id} is not in the document`);
    return { id, team, domain, skills, capacity };
  });
  return { document, agents };
}

/** The OAuth client that an agent, or an orchestrator, comes with. */
export const runtimeOf = (principal: string, domain: string): string =>
  principal.startsWith('orc_') ? 'orchestration' : `${domain}-runtime`;

export const orchestratorOf = (domain: string): string => `orc_${domain}`;
export const enterpriseOrchestrator = 'orc_enterprise';
