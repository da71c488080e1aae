import * as z from 'zod';
import type { Page } from '../../shared/contract.ts';
import type { Item } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import type { Lease, PastClaim, Ranking, routes, Task, Work } from '../contract.ts';
import { foundTask } from '../guards.ts';
import { lacking } from '../model.ts';
import type { Deps } from '../ports.ts';
import { rank } from '../rank-model.ts';
import { leaseFrom } from '../store.ts';

type Loaded = readonly (Item | undefined)[];

const Position = z.record(z.string(), z.string());

/** Tasks of a domain. What a team filter leaves out makes a page short. */
export async function listTasks(
  { store, cursors }: Pick<Deps, 'store' | 'cursors'>,
  { actor, query }: Call<(typeof routes)['listTasks']>,
): Promise<Page<Task>> {
  const { limit, cursor, state, team } = query;
  const domain = query.domain ?? (actor.domain === 'enterprise' ? undefined : actor.domain);
  if (domain === undefined) {
    const detail = 'Name the domain: you belong to none.';
    throw new Problem('InvalidFields', detail, { faults: [{ pointer: '/query/domain', detail }] });
  }
  const list = ['tasks', { domain, state, team }];
  const after = await cursors.open(cursor, list, Position);
  const { tasks, last } = await store.ofDomain(domain, state, limit, after);
  const items = tasks.filter((task) => team === undefined || task.team === team);
  return last ? { items, next_cursor: await cursors.seal(last, list) } : { items };
}

export const getTask = async ({ params }: Call<(typeof routes)['getTask']>, [item]: Loaded): Promise<Task> =>
  foundTask(item, params.id);

/** Every claim that was made on a task, and how it ended. */
export async function listClaims(
  { store }: Pick<Deps, 'store'>,
  { params }: Call<(typeof routes)['listClaims']>,
  [taskItem, leaseItem]: Loaded,
): Promise<{ live: Lease | null; past: PastClaim[] }> {
  const task = foundTask(taskItem, params.id);
  return { live: leaseFrom(leaseItem) ?? null, past: await store.pastClaims(task.id) };
}

/** Who fits a task now, and why. */
export async function rankCandidates(
  { candidates }: Pick<Deps, 'candidates'>,
  { params }: Call<(typeof routes)['rankCandidates']>,
  [taskItem]: Loaded,
): Promise<Ranking> {
  const task = foundTask(taskItem, params.id);
  return rank(task, await candidates.find(task));
}

const mostShown = 25;

/** What an agent has to do, and what of its team's it could take. */
export async function listWork(
  { store, directory }: Pick<Deps, 'store' | 'directory'>,
  { params }: Call<(typeof routes)['listWork']>,
  [agentItem]: Loaded,
): Promise<Work> {
  const agent = directory.agent(agentItem);
  if (!agent) throw new Problem('NotFound', `There is no agent ${params.id}.`);
  const [assigned, open, held] = await Promise.all([
    store.inPlace('assigned', agent.id, mostShown),
    store.inPlace('open', agent.team, 2 * mostShown),
    store.inPlace('held', agent.id, mostShown),
  ]);
  const claimable = open.tasks.filter((task) => lacking(task, agent.skills).length === 0).slice(0, mostShown);
  return { assigned: assigned.tasks, claimable, held: held.tasks };
}
