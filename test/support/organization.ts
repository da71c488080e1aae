import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

type ExampleAgent = { id: string; name: string; domain: string; team: string; approved_tools: string[] };
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

/** The nth agent of a domain. */
export const agentOf = (domain: string, nth = 0): ExampleAgent =>
  found(`agent ${nth} of ${domain}`, example.agents.filter((agent) => agent.domain === domain)[nth]);

/** Orchestrator of a domain. */
export const orchestratorOf = (domain: string): string =>
  found(`domain ${domain}`, example.domains.find(({ id }) => id === domain)).orchestrator.id;

export const enterpriseOrchestrator = example.enterprise_orchestrator.id;

/** The first human with a role. */
export const humanWith = (role: string): string =>
  found(`human with role ${role}`, example.humans.find(({ roles }) => roles.includes(role))).id;
