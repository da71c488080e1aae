import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

type ExampleAgent = { id: string; name: string; team: string; approved_tools: string[] };
type Example = {
  domains: { id: string; orchestrator: { id: string } }[];
  teams: { id: string; domain: string }[];
  agents: ExampleAgent[];
  enterprise_orchestrator: { id: string };
  humans: { id: string; roles: string[] }[];
};

const path = join(import.meta.dirname, '..', '..', 'examples', 'organization.yaml');

/** The example organization as it stands in the repository. */
export const example = parse(readFileSync(path, 'utf8')) as Example;

const found = <T>(what: string, value: T | undefined): T => {
  if (value === undefined) throw new Error(`the example organization has no ${what}`);
  return value;
};

const domainOf = new Map(example.teams.map(({ id, domain }) => [id, domain]));

/** Runtime (or person) whose tokens a principal of the example acts with; that of `product` for agents that tests make. */
export function runtimeOf(principal: string): string {
  // The operator is bound to a client, as after a first deployment; the other people sign in.
  if (principal.startsWith('hum_')) return principal === 'hum_operator' ? 'operator' : `people/${principal}`;
  if (principal.startsWith('orc_')) return 'orchestration';
  const team = example.agents.find(({ id }) => id === principal)?.team;
  return `${domainOf.get(team ?? '') ?? 'product'}-runtime`;
}

/** The nth agent of a domain, which it has from its team. */
export const agentOf = (domain: string, nth = 0): ExampleAgent =>
  found(`agent ${nth} of ${domain}`, example.agents.filter(({ team }) => domainOf.get(team) === domain)[nth]);

/** Orchestrator of a domain. */
export const orchestratorOf = (domain: string): string =>
  found(
    `domain ${domain}`,
    example.domains.find(({ id }) => id === domain),
  ).orchestrator.id;

export const enterpriseOrchestrator = example.enterprise_orchestrator.id;

/** Humans with a role, each with a sign-in of its own. */
export const humansWith = (role: string): string[] =>
  example.humans.filter(({ roles }) => roles.includes(role)).map(({ id }) => id);

/** The first human with a role. */
export const humanWith = (role: string): string =>
  found(
    `human with role ${role}`,
    example.humans.find(({ roles }) => roles.includes(role)),
  ).id;
