import type { Fault } from '../shared/errors.ts';
import { type Domain, namesPrincipal, type Principal, type Team } from './records.ts';

/** Faults of the team that an agent is put into: it must stand, and one of the two must name a client. */
export function teamFaults(
  agent: { domain?: string | undefined; client_id?: string | undefined },
  team: Team,
): Fault[] {
  const faults: Fault[] = [];
  if (team.status === 'retired') faults.push({ pointer: '/body/team', detail: `The team ${team.id} is retired.` });
  if (agent.domain !== undefined && agent.domain !== team.domain) {
    faults.push({ pointer: '/body/domain', detail: `The team ${team.id} belongs to ${team.domain}.` });
  }
  if (!agent.client_id && !team.client_id) {
    faults.push({ pointer: '/body/client_id', detail: `Neither the agent nor its team ${team.id} names a client.` });
  }
  return faults;
}

/** @param named the principal whose id `owner` is, if there is one */
export function ownerFaults(owner: string, named: Principal | undefined): Fault[] {
  const isHuman = named?.kind === 'human' && named.status !== 'retired';
  if (!namesPrincipal(owner) || isHuman) return [];
  return [{ pointer: '/body/owner', detail: `There is no human ${owner}; text that is no id is taken as it is.` }];
}

export const domainFaults = ({ id, status }: Domain): Fault[] =>
  status === 'retired' ? [{ pointer: '/body/domain', detail: `The domain ${id} is retired.` }] : [];

/** @param named the principal whose id is given as orchestrator, if there is one */
export function orchestratorFaults(domain: string, id: string, named: Principal | undefined): Fault[] {
  const fits = named?.kind === 'domain_orchestrator' && named.domain === domain && named.status !== 'retired';
  return fits ? [] : [{ pointer: '/body/orchestrator', detail: `${id} is not an orchestrator of ${domain}.` }];
}

/** What to do about a domain that has no event bus. */
export const notProvisioned = (domain: string): string =>
  `The domain ${domain} has no event bus: add it to \`domains\` of the deployment context and deploy.`;
