import { type Call, everyItem, insist } from '../http.ts';
import type { ClaimsRecord, TaskRecord, TaskState } from './tasks.ts';

/** So many requests at once while the books are read. */
const atOnce = 4;

/** Does something for each, some at once. */
export async function forEach<T, R>(all: readonly T[], run: (one: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>();
  const queue = all.entries();
  const work = async (): Promise<void> => {
    for (const [at, one] of queue) results.set(at, await run(one));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return all.map((_, at) => results.get(at) as R);
}

/** All tasks of some domains with their claims, as the API tells them. */
export async function readTasks(call: Call, domains: readonly string[]): Promise<TaskState> {
  const pages = await forEach(domains, (domain) => everyItem<TaskRecord>(call, `/tasks?domain=${domain}&limit=100`));
  const tasks = pages.flat();
  const claims = await forEach(tasks, async ({ id }) => {
    const { live, past } = await insist<ClaimsRecord>(call, 200, 'GET', `/tasks/${id}/claims`);
    return [id, { live, past: past.toSorted((a, b) => a.token - b.token) }] as const;
  });
  return { tasks, claims: new Map(claims) };
}
