import { expect } from 'vitest';
import { addSeconds } from '../../functions/shared/clock.ts';
import type { Task } from '../../functions/workload/contract.ts';
import { call, eventually, type Reply } from './world.ts';

/** So many minutes from now. */
export const inMinutes = (minutes: number): string => addSeconds(new Date(), minutes * 60).toISOString();

const interfaceText = 'An endpoint GET /prices; its contract test is green.';

/** What is asked for when a task needs another. */
export const need = (task: Task, on: Task, more: Record<string, unknown> = {}): Record<string, unknown> => ({
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
