import type { NewAgent, NewDomain, NewOfficer, NewTeam } from './commands.ts';
import type { Agent, Domain, Officer, Team } from './records.ts';

const born = (now: Date) => {
  const at = now.toISOString();
  return { status: 'active', version: 1, created_at: at, updated_at: at } as const;
};

export const newDomain = (given: NewDomain, orchestrator?: string): Domain => ({
  id: given.id,
  name: given.name,
  status: 'active',
  ...(orchestrator === undefined ? {} : { orchestrator }),
  version: 1,
});

export const newTeam = (given: NewTeam): Team => ({ ...given, status: 'active', version: 1 });

/** @param domain that of the agent's team */
export const newAgent = (given: NewAgent, domain: string, now: Date): Agent => ({
  ...given,
  kind: 'agent',
  domain,
  ...born(now),
});

export const newOfficer = (given: NewOfficer, now: Date): Officer => ({ ...given, ...born(now) });
