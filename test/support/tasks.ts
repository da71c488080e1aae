import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { agentOf, orchestratorOf } from './organization.ts';
import { call, clientIdOf, eventually, type Reply, world } from './world.ts';
import { keys } from '../../functions/workload/store.ts';

const operator = 'hum_operator';

/** A team of its own with agents of its own, so that nothing else is in their queues; the workload knows of all of them. */
export async function aCrew(
  size: number,
  given: { capacity?: number; skills?: { name: string; proficiency: number }[]; domain?: string } = {},
): Promise<{ team: string; agents: string[] }> {
  const { capacity = 3, skills = [{ name: 'typescript', proficiency: 4 }], domain = 'product' } = given;
  const own = `crew_${randomUUID().slice(0, 8)}`;
  const client_id = clientIdOf('product-runtime');
  const team = { id: own, name: 'Crew', domain, client_id };
  expect(await call('POST', '/teams', { as: operator, body: team })).toMatchObject({ status: 201 });
  const agents: string[] = [];
  for (let n = 0; n < size; n += 1) {
    const id = `${own}_${n}`;
    const body = { ...agentOf('product'), id, team: own, capacity, skills };
    expect(await call('POST', '/agents', { as: operator, body })).toMatchObject({ status: 201 });
    agents.push(id);
  }
  await untilKnown(agents);
  return { team: own, agents };
}

/** Waits until the workload has heard of agents. */
export const untilKnown = (agents: readonly string[]): Promise<true> =>
  eventually('the workload knows the agents', async () => {
    const entries = await world().state.getMany(agents.map((agent) => ({ ...keys.load(agent), sk: 'index' })));
    return entries.every((entry) => entry !== undefined) ? true : undefined;
  });

/** Puts a task into the queue of a team. */
export const createTask = (team: string, more: object = {}, as = orchestratorOf('product')): Promise<Reply> =>
  call('POST', '/tasks', { as, body: { title: 'Raise the connection pool', team, ...more } });

/** The id of a new task. */
export async function aTask(team: string, more: object = {}, as?: string): Promise<string> {
  const { status, body } = await createTask(team, more, as);
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id as string;
}

/** An action of an agent on a task. */
export const act = (as: string, task: string, action: string, body?: object): Promise<Reply> =>
  call('POST', `/tasks/${task}/${action}`, { as, ...(body ? { body } : {}) });

/** The token of a claim that succeeds. */
export async function claimed(as: string, task: string): Promise<number> {
  const { status, body } = await act(as, task, 'claims');
  expect(status, JSON.stringify(body)).toBe(201);
  return body.token as number;
}

export const taskOf = async (id: string): Promise<Reply['body']> =>
  (await call('GET', `/tasks/${id}`, { as: operator })).body;
