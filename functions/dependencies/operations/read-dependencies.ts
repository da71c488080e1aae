import * as z from 'zod';
import type { Page } from '../../shared/contract.ts';
import type { Call } from '../../shared/serve.ts';
import { seen } from '../advance.ts';
import type { Dependency, routes } from '../contract.ts';
import { maySee } from '../party-model.ts';
import type { ApiDeps, Deps } from '../ports.ts';

const Position = z.record(z.string(), z.string());

export const getDependency = async (
  deps: Deps,
  { params, actor }: Call<(typeof routes)['getDependency']>,
): Promise<Dependency> => (await seen(deps, params.id, actor)).dependency;

/** What a task needs, or provides, as far as the reader may know of it. */
export async function listDependencies(
  { store, tasks, cursors }: ApiDeps,
  { query, actor }: Call<(typeof routes)['listDependencies']>,
): Promise<Page<Dependency>> {
  const list = ['dependencies', query.task, query.direction];
  const after = await cursors.open(query.cursor, list, Position);
  const { dependencies, last } = await store.ofTask(query.task, query.direction, query.limit, after);
  const ids = dependencies.flatMap(({ task_id, on }) => [task_id, on ?? task_id]);
  const sights = await tasks.tasks(ids);
  const items = dependencies.filter((one, at) =>
    maySee(one, { task: sights[2 * at], on: one.on === null ? undefined : sights[2 * at + 1] }, actor),
  );
  return last ? { items, next_cursor: await cursors.seal(last, list) } : { items };
}
