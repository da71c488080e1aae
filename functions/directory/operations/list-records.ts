import type { Page } from '../../shared/contract.ts';
import type { Domain, Officer, SeenAgent, Team } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import type { Listed } from '../questions.ts';
import { seen } from '../sight.ts';
import { Position } from '../walk.ts';

type From = Position | undefined;

/** One page: a cursor is good only for the list and the filters that it was issued for. */
async function page<T>(
  { cursors }: Deps,
  list: unknown,
  cursor: string | undefined,
  read: (from: From) => Promise<Listed<T>>,
): Promise<Page<T>> {
  const { items, next } = await read(await cursors.open(cursor, list, Position));
  return next ? { items, next_cursor: await cursors.seal(next, list) } : { items };
}

export async function listAgents(deps: Deps, { query }: Asked<'listAgents'>): Promise<Page<SeenAgent>> {
  const { limit, cursor, ...filter } = query;
  const found = await page(deps, ['agents', filter], cursor, (from) => deps.directory.agents(filter, from, limit));
  const signs = await deps.presences.ofMany(found.items.map(({ id }) => id));
  return { ...found, items: found.items.map((agent, at) => seen(agent, signs[at])) };
}

export function listTeams(deps: Deps, { query }: Asked<'listTeams'>): Promise<Page<Team>> {
  const { limit, cursor, ...filter } = query;
  return page(deps, ['teams', filter], cursor, (from) => deps.directory.teams(filter, from, limit));
}

export function listDomains(deps: Deps, { query }: Asked<'listDomains'>): Promise<Page<Domain>> {
  return page(deps, ['domains'], query.cursor, (from) => deps.directory.domains(from, query.limit));
}

export function listOfficers(deps: Deps, { query }: Asked<'listOfficers'>): Promise<Page<Officer>> {
  const { limit, cursor, ...filter } = query;
  return page(deps, ['officers', filter], cursor, (from) => deps.directory.officers(filter, from, limit));
}
