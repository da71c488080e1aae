import type { Item, Key, Table } from '../shared/dynamo.ts';
import type { Status } from '../shared/principal.ts';
import { type AgentFilter, matches } from './model.ts';
import {
  type Agent,
  type Domain,
  type Enterprise,
  isOfficer,
  namesPrincipal,
  type Officer,
  type Principal,
  type Team,
} from './records.ts';
import { sources } from './sources.ts';
import { keys, parsed } from './store.ts';
import { type Position, type Source, walk } from './walk.ts';

export type Listed<T> = { items: T[]; next: Position | undefined };

/** Questions of the directory. Lists come from indexes that lag by moments; single records are read consistently. */
export const directoryStore = (table: Table) => ({ ...singles(table), ...lists(table) });
export type Directory = ReturnType<typeof directoryStore>;

const singles = (table: Table) => {
  const one = async <T>(key: Key, parse: (item: Item) => T): Promise<T | undefined> => {
    const [item] = await table.getMany([key]);
    return item && parse(item);
  };
  return {
    enterprise: (): Promise<Enterprise | undefined> => one(keys.enterprise(), parsed.enterprise),
    domain: (id: string): Promise<Domain | undefined> => one(keys.domain(id), parsed.domain),
    team: (id: string): Promise<Team | undefined> => one(keys.team(id), parsed.team),
    principal: (id: string): Promise<Principal | undefined> => one(keys.principal(id), parsed.principal),
    /** The principal that an agent's owner names; undefined when it is text, or names nobody. */
    owner: async (owner: string): Promise<Principal | undefined> =>
      namesPrincipal(owner) ? one(keys.principal(owner), parsed.principal) : undefined,
  };
};

const lists = (table: Table) => ({
  /** Agents that match; a page may be short, or empty, and have a next one. */
  agents: async (filter: AgentFilter, from: Position | undefined, limit: number): Promise<Listed<Agent>> => {
    const found = await walk(table, await agentSources(table, filter), from, limit);
    const items = filter.skill === undefined ? found.items : await behind(table, found.items);
    const agents = items.map(parsed.principal).filter((principal) => principal.kind === 'agent');
    return { items: agents.filter((agent) => matches(agent, filter)), next: found.next };
  },
  teams: async (
    filter: { domain?: string | undefined; status?: Status | undefined },
    from: Position | undefined,
    limit: number,
  ): Promise<Listed<Team>> => {
    const domains = filter.domain === undefined ? await domainIds(table) : [filter.domain];
    const partitions = domains.map((id) => sources.domainTeams(id, filter.status));
    const found = await walk(table, partitions, from, limit);
    return { items: found.items.map(parsed.team), next: found.next };
  },
  domains: async (from: Position | undefined, limit: number): Promise<Listed<Domain>> => {
    const found = await walk(table, [sources.domains()], from, limit);
    return { items: found.items.map(parsed.domain), next: found.next };
  },
  /** Orchestrators and humans of every status, retired ones too. */
  everyOfficer: async (): Promise<Officer[]> => {
    const { items } = await walk(table, [sources.officers()], undefined, mostOfficers);
    return items.map(parsed.principal).filter(isOfficer);
  },
  officers: async (
    filter: { kind?: string | undefined; status?: Status | undefined },
    from: Position | undefined,
    limit: number,
  ): Promise<Listed<Officer>> => {
    const found = await walk(table, [sources.officers(filter.status)], from, limit);
    const officers = found.items.map(parsed.principal).filter(isOfficer);
    return { items: officers.filter(({ kind }) => (filter.kind ?? kind) === kind), next: found.next };
  },
});

/** More than any organisation has; the first hundreds tell whether there ever was a board. */
const mostOfficers = 5_000;

/** A deployment has at most some tens of domains: each has an event bus. */
const mostDomains = 1000;

const domainIds = async (table: Table): Promise<string[]> => {
  const { items } = await walk(table, [sources.domains()], undefined, mostDomains);
  return items.map(({ id }) => String(id));
};

/** The narrowest partitions that hold every agent that matches. */
async function agentSources(table: Table, { domain, team, skill, status }: AgentFilter): Promise<Source[]> {
  if (team !== undefined && skill === undefined) return [sources.teamAgents(team, status)];
  const home = team === undefined ? domain : ((await singles(table).team(team))?.domain ?? domain);
  const domains = home === undefined ? await domainIds(table) : [home];
  return domains.map((id) =>
    skill === undefined ? sources.domainAgents(id, status) : sources.skillAgents(skill, id, status),
  );
}

/** The agents that pointer rows lead to, as they are now. */
async function behind(table: Table, pointers: readonly Item[]): Promise<Item[]> {
  const agents = await table.getMany(pointers.map(({ agent_id }) => keys.principal(String(agent_id))));
  return agents.filter((item) => item !== undefined);
}
