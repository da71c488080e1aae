import { agentOf, orchestratorOf } from '../support/organization.ts';
import type { Reply } from '../support/world.ts';
import type { Cast } from './fuzz-requests.ts';

type Make = (path: string, body: unknown, as?: string, status?: number) => Promise<Reply>;

const domain = orchestratorOf('product');

/**
 * Tasks in the states that the operations are for, all of one team, which has one agent with room for all of them.
 * @param own begins the ids of what only this test knows
 */
export async function tasksCast(make: Make, own: string, client_id: string) {
  const team = `${own}_crew`;
  const worker = `${own}_worker`;
  await make('/teams', { id: team, name: 'Fuzz', domain: 'product', client_id });
  await make('/agents', { ...agentOf('product'), id: worker, team, capacity: 1000 });
  const tasks = async (n: number, more: object = {}): Promise<string[]> => {
    const ids: string[] = [];
    for (let at = 0; at < n; at += 1) {
      ids.push((await make('/tasks', { title: `Fuzz ${at}`, team, ...more }, domain)).body.id as string);
    }
    return ids;
  };
  const held = async (n: number, more: object = {}): Promise<string[]> => {
    const ids = await tasks(n, more);
    for (const id of ids) await make(`/tasks/${id}/claims`, undefined, worker);
    return ids;
  };
  const reviewed = await held(4, { review_required: true });
  for (const id of reviewed) await make(`/tasks/${id}/completion`, { token: 1, result: 'Fuzz' }, worker, 200);
  const pools = {
    claims: await tasks(12),
    assignment: await tasks(4),
    cancellation: await tasks(4),
    review: reviewed,
    start: await held(4),
    heartbeats: await held(3),
    release: await held(4),
    completion: await held(4),
    failure: await held(4),
  };
  const changed = await tasks(12);
  const token = 1;
  const byWorker = ['claimTask', 'startTask', 'renewLease', 'releaseTask', 'completeTask', 'failTask', 'changeTask'];
  return {
    entitled: {
      ...Object.fromEntries(byWorker.map((name) => [name, worker])),
      createTask: domain,
      listTasks: domain,
      assignTask: domain,
      reviewTask: domain,
      cancelTask: domain,
    },
    known: { TaskId: changed },
    ids: {
      ...Object.fromEntries(Object.entries(pools).map(([name, ids]) => [`/v1/tasks/{id}/${name}`, ids])),
      '/v1/tasks/{id}': changed,
      '/v1/agents/{id}/work': [worker],
    },
    bodies: {
      createTask: (n) => ({ title: `Fuzz ${n}`, team }),
      changeTask: (n) => ({ estimate_minutes: (n % 500) + 1 }),
      assignTask: () => ({ agent: worker }),
      cancelTask: () => ({ reason: 'Fuzz' }),
      reviewTask: () => ({ verdict: 'accept', reason: 'Fuzz' }),
      startTask: () => ({ token }),
      renewLease: () => ({ token }),
      releaseTask: () => ({ token, reason: 'Fuzz' }),
      completeTask: () => ({ token, result: 'Fuzz' }),
      failTask: () => ({ token, reason: 'Fuzz' }),
    },
  } satisfies Pick<Cast, 'entitled' | 'known' | 'ids' | 'bodies'>;
}
