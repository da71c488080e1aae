import { expect } from 'vitest';
import { addSeconds } from '../../functions/shared/clock.ts';
import type { Task } from '../../functions/workload/contract.ts';
import { agentOf, orchestratorOf } from './organization.ts';
import { act, claimed, taskOf } from './tasks.ts';
import { call, eventually, type Reply } from './world.ts';

/** So many minutes from now. */
export const inMinutes = (minutes: number): string => addSeconds(new Date(), minutes * 60).toISOString();

const domainOf = new Map<string, string>();

/** A task of the team of a domain's first agent. */
export async function aTaskIn(domain: string, more: object = {}): Promise<Task> {
  const body = { title: `Something of ${domain}`, team: agentOf(domain).team, ...more };
  const reply = await call('POST', '/tasks', { as: orchestratorOf(domain), body });
  expect(reply.status, reply.text).toBe(201);
  domainOf.set(reply.body.id, domain);
  return reply.body as Task;
}

/** A task as it is now. */
export const taskNow = async (id: string): Promise<Task> => (await taskOf(id)) as Task;

async function acted(as: string, task: string, action: string, body: object): Promise<void> {
  const reply = await act(as, task, action, body);
  expect(reply.status, reply.text).toBe(200);
}

/** Claims a task and ends the claim in some way. */
export const endTask = {
  done: async (id: string, by: string, result = 'It is there.'): Promise<void> =>
    acted(by, id, 'completion', { token: await claimed(by, id), result }),
  failed: async (id: string, by: string): Promise<void> =>
    acted(by, id, 'failure', { token: await claimed(by, id), reason: 'It cannot be done.' }),
  cancelled: (id: string): Promise<void> =>
    acted(orchestratorOf(domainOf.get(id) ?? ''), id, 'cancellation', { reason: 'Nobody wants it.' }),
  released: (id: string, by: string, token: number): Promise<void> =>
    acted(by, id, 'release', { token, reason: 'Something else comes first.' }),
} as const;

const interfaceText = 'An endpoint GET /prices; its contract test is green.';
type Named = Pick<Task, 'id'>;

/** What is asked for when a task needs another. */
export const need = (task: Named, on: Named, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: 'blocking',
  task_id: task.id,
  on: on.id,
  interface: interfaceText,
  needed_by: inMinutes(600),
  ...more,
});

export async function register(as: string, body: Record<string, unknown>): Promise<Reply['body']> {
  const reply = await call('POST', '/dependencies', { as, body });
  expect(reply.status, reply.text).toBe(201);
  return reply.body;
}

export const getDependency = async (id: string, as: string): Promise<Reply['body']> => {
  const reply = await call('GET', `/dependencies/${id}`, { as });
  expect(reply.status, reply.text).toBe(200);
  return reply.body;
};

/** Waits until a dependency stands so. */
export const until = (id: string, as: string, state: string): Promise<Reply['body']> =>
  eventually(`${id} is ${state}`, async () => {
    const dependency = await getDependency(id, as);
    return dependency.state === state ? dependency : undefined;
  });

/** One step of the protocol. */
export const step = (
  id: string,
  name: 'acknowledgement' | 'eta' | 'resolution' | 'confirmation' | 'withdrawal',
  as: string,
  body: Record<string, unknown>,
): Promise<Reply> => call('POST', `/dependencies/${id}/${name}`, { as, body });
