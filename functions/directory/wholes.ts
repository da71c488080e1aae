import type { Item, Key, Table } from '../shared/dynamo.ts';
import type { Status } from '../shared/principal.ts';
import type { Snapshot } from './model.ts';
import { type Domain, isOfficer, type Officer, type Team } from './records.ts';
import { sources } from './sources.ts';
import { keys, parsed } from './store.ts';
import { readAll } from './walk.ts';

export type Overview = {
  domains: Domain[];
  teams: Team[];
  officers: Officer[];
  agentStatuses: Status[];
  complete: boolean;
};
type Ids = { domains: readonly string[]; teams: readonly string[]; principals: readonly string[] };

/** Queries that an import may cost for each kind of record: some 1,000 records each. */
const mostQueries = 200;

const idsOf = (items: readonly Item[]): string[] => items.map(({ id }) => String(id));

/** Everything but agents, who are only counted, within `queries` pages of each index. */
export async function overview(table: Table, queries: number): Promise<Overview> {
  const domains = await readAll(table, [sources.domains()], queries);
  const ids = idsOf(domains.items);
  const parts = await Promise.all([
    readAll(
      table,
      ids.map((id) => sources.domainTeams(id)),
      queries,
    ),
    readAll(table, [sources.officers()], queries),
    readAll(
      table,
      ids.map((id) => sources.domainAgents(id)),
      queries,
    ),
  ]);
  const [teams, officers, agents] = parts;
  return {
    domains: domains.items.map(parsed.domain),
    teams: teams.items.map(parsed.team),
    officers: officers.items.map(parsed.principal).filter(isOfficer),
    agentStatuses: agents.items.map(({ status }) => status as Status),
    complete: [domains, ...parts].every(({ complete }) => complete),
  };
}

/**
 * What an import compares with: all that is not retired, and whatever has one of the given ids. Indexes, which lag, say
 * only which records there are; the records themselves are read consistently.
 * @throws Error when there are more records than it may read
 */
export async function everything(table: Table, named: Ids): Promise<Snapshot> {
  const all = await readAll(table, [sources.domains()], mostQueries);
  const domains = [...new Set([...idsOf(all.items), ...named.domains])];
  const [teams, agents, officers] = await Promise.all([
    readAll(
      table,
      domains.map((id) => sources.domainTeams(id, 'unretired')),
      mostQueries,
    ),
    readAll(
      table,
      domains.map((id) => sources.domainAgents(id, 'unretired')),
      mostQueries,
    ),
    readAll(table, [sources.officers('unretired')], mostQueries),
  ]);
  if (![all, teams, agents, officers].every(({ complete }) => complete)) throw new Error('too many records to import');
  const principals = [...idsOf(agents.items), ...idsOf(officers.items), ...named.principals];
  const [enterprise, ...records] = await Promise.all([
    fresh(table, keys.enterprise, [''], parsed.enterprise),
    fresh(table, keys.domain, domains, parsed.domain),
    fresh(table, keys.team, [...idsOf(teams.items), ...named.teams], parsed.team),
    fresh(table, keys.principal, principals, parsed.principal),
  ]);
  return { enterprise: enterprise[0], domains: records[0], teams: records[1], principals: records[2] };
}

async function fresh<T>(table: Table, key: (id: string) => Key, ids: string[], parse: (item: Item) => T): Promise<T[]> {
  const items = await table.getMany([...new Set(ids)].map(key));
  return items.filter((item) => item !== undefined).map(parse);
}
