import { beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '../../functions/workload/contract.ts';
import { aTaskIn, need, register, taskNow } from '../support/dependencies.ts';
import { agentOf, enterpriseOrchestrator } from '../support/organization.ts';
import { ask, dependenciesHere } from '../support/slices.ts';
import { togetherClient } from '../support/together.ts';
import { call, entriesOf, importExample } from '../support/world.ts';
import { discrepancies } from '../support/consistency.ts';

const as = enterpriseOrchestrator;
const mine = agentOf('product').id;

const several = async (n: number): Promise<Task[]> => {
  const tasks: Task[] = [];
  for (let at = 0; at < n; at += 1) tasks.push(await aTaskIn('product'));
  return tasks;
};

/** What each task waits for, as it is stored. */
async function graphOf(tasks: readonly Task[]): Promise<Map<string, string[]>> {
  const now = await Promise.all(tasks.map(({ id }) => taskNow(id)));
  return new Map(now.map(({ id, blocked_by }) => [id, blocked_by.map(({ task_id }) => task_id)]));
}

function isAcyclic(graph: ReadonlyMap<string, readonly string[]>): boolean {
  const left = new Map(graph);
  for (;;) {
    const free = [...left].filter(([, waits]) => waits.every((id) => !left.has(id))).map(([id]) => id);
    if (free.length === 0) return left.size === 0;
    for (const id of free) left.delete(id);
  }
}

/** Each task waits for the next one, and the last for the first: all asked for before any was written. */
async function ring(tasks: readonly Task[]): Promise<{ status: number; code?: string; faults: string }[]> {
  const handler = await dependenciesHere({ client: togetherClient(tasks.length) });
  const asked = tasks.map((task, at) => need(task, tasks[(at + 1) % tasks.length] ?? task));
  const replies = await Promise.all(
    asked.map((body) => ask(handler, 'POST', '/dependencies', { as, runtime: 'orchestration', body })),
  );
  return replies.map(({ status, body }) => ({ status, code: body.code, faults: body.errors?.[0]?.detail ?? '' }));
}

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('a cycle', () => {
  it('[DEP-2] is refused, naming every task on it, and changes nothing', async () => {
    const [a, b, c] = (await several(3)) as [Task, Task, Task];
    await register(as, need(a, b));
    await register(as, need(b, c));
    const reply = await call('POST', '/dependencies', { as: mine, body: need(c, a) });
    const path = [c, a, b, c].map(({ id }) => id).join(' → ');
    expect(reply).toMatchObject({ status: 409, body: { code: 'DependencyCycle' } });
    expect(reply.body.detail).toContain(path);
    expect(reply.body.errors).toEqual([{ pointer: '/body/on', detail: path }]);
    expect(await taskNow(c.id)).toMatchObject({ version: 1, state: 'queued' });
    expect(await entriesOf(`task/${c.id}`)).toHaveLength(1);
    const self = await call('POST', '/dependencies', { as: mine, body: need(c, c) });
    expect(self).toMatchObject({ status: 409, body: { code: 'DependencyCycle' } });
    const inform = need(c, a, { type: 'informational' });
    expect(await call('POST', '/dependencies', { as: mine, body: inform })).toMatchObject({ status: 201 });
  });

  it('[DEP-2] is none any more once a dependency on it was withdrawn', async () => {
    const [a, b] = (await several(2)) as [Task, Task];
    const { id } = await register(mine, need(a, b));
    expect(await call('POST', '/dependencies', { as: mine, body: need(b, a) })).toMatchObject({ status: 409 });
    const given = { as: mine, body: { reason: 'The other way around.' } };
    expect(await call('POST', `/dependencies/${id}/withdrawal`, given)).toMatchObject({ status: 200 });
    await register(mine, need(b, a));
  });

  it('[DEP-2] is no way around a task that is being worked on', async () => {
    const [a, b] = (await several(2)) as [Task, Task];
    expect(await call('POST', `/tasks/${a.id}/claims`, { as: mine })).toMatchObject({ status: 201 });
    const reply = await call('POST', '/dependencies', { as: mine, body: need(a, b) });
    expect(reply).toMatchObject({ status: 409, body: { code: 'TaskNotOpen' } });
    const given = { as: mine, body: { token: 1, reason: 'It waits.' } };
    expect(await call('POST', `/tasks/${a.id}/release`, given)).toMatchObject({ status: 200 });
    await register(mine, need(a, b));
  });
});

describe('dependencies that close a cycle together', () => {
  it('[DEP-2] both halves at once, in 20 pairs: one of each is refused as a cycle', { timeout: 120_000 }, async () => {
    for (let pair = 0; pair < 20; pair += 1) {
      const tasks = await several(2);
      const replies = await ring(tasks);
      expect(replies.map(({ status }) => String(status)).toSorted(), JSON.stringify(replies)).toEqual(['201', '409']);
      expect(replies.find(({ status }) => status === 409)).toMatchObject({ code: 'DependencyCycle' });
      expect(isAcyclic(await graphOf(tasks))).toBe(true);
    }
  });

  it.each([3, 4, 5, 6])('[DEP-2] %i at once: all but one are accepted, never all', { timeout: 120_000 }, async (n) => {
    for (let round = 0; round < 3; round += 1) {
      const tasks = await several(n);
      const replies = await ring(tasks);
      expect(
        replies.filter(({ status }) => status === 201),
        JSON.stringify(replies),
      ).toHaveLength(n - 1);
      expect(replies.find(({ status }) => status !== 201)).toMatchObject({ code: 'DependencyCycle' });
      const graph = await graphOf(tasks);
      expect(isAcyclic(graph)).toBe(true);
      expect([...graph.values()].flat()).toHaveLength(n - 1);
    }
  });

  it(
    '[DEP-2] a tangle of any edges at once over the same tasks has no cycle in the end',
    { timeout: 120_000 },
    async () => {
      const tasks = await several(6);
      const pairs = tasks.flatMap((task) => tasks.filter((on) => on !== task).map((on) => [task, on] as const));
      const handler = await dependenciesHere({ client: togetherClient(8) });
      const replies = await Promise.all(
        pairs.map(([task, on]) =>
          ask(handler, 'POST', '/dependencies', { as, runtime: 'orchestration', body: need(task, on) }),
        ),
      );
      const codes = new Set(replies.filter(({ status }) => status !== 201).map(({ body }) => body.code));
      expect(
        [...codes].filter((code) => !['DependencyCycle', 'VersionConflict', 'RequestInFlight'].includes(code)),
      ).toEqual([]);
      const graph = await graphOf(tasks);
      expect(isAcyclic(graph)).toBe(true);
      expect([...graph.values()].flat()).toHaveLength(replies.filter(({ status }) => status === 201).length);
      expect(graph.size).toBe(6);
    },
  );

  it('[DEP-2] [AUD-2] after all of them the state agrees with the ledger', async () => {
    const { compared, found } = await discrepancies();
    expect(compared).toBeGreaterThan(100);
    expect(found).toEqual([]);
  });
});
