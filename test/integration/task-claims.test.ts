import { beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../functions/shared/clock.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { keys } from '../../functions/workload/store.ts';
import { discrepancies } from '../support/consistency.ts';
import { invoke } from '../support/functions.ts';
import { Crash, type Fault, faultyClient } from '../support/in-process.ts';
import { aDayOf, setLimit, usedOf } from '../support/limits.ts';
import { orchestratorOf } from '../support/organization.ts';
import { type ApiHandler, ask, workloadHere, workloadSweeperHere } from '../support/slices.ts';
import { aCrew, act, aTask, claimed, taskOf } from '../support/tasks.ts';
import { call, entriesOf, importExample, world } from '../support/world.ts';

const orchestrator = orchestratorOf('product');
const lease = 300;

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

const later =
  (seconds: number): Clock =>
  () =>
    addSeconds(new Date(), seconds);
const claim = (handler: ApiHandler, as: string, task: string) => ask(handler, 'POST', `/tasks/${task}/claims`, { as });
const decisionsOn = async (task: string): Promise<string[]> =>
  // By sequence: a clock that runs ahead gives ids that run ahead.
  (await entriesOf(`task/${task}`)).toSorted((a, b) => a.sequence - b.sequence).map(({ details }) => details.decision);
const leaseOf = async (task: string) => (await world().state.getMany([keys.lease(task)]))[0];

describe('a claim', () => {
  it(
    '[WRK-3] is won by one of a hundred at once; the others are told who holds the task',
    { timeout: 120_000 },
    async () => {
      const { team, agents } = await aCrew(20, { capacity: 50 });
      const id = await aTask(team);
      const handler = await workloadHere();
      const replies = await Promise.all(
        Array.from({ length: 100 }, (_, n) => claim(handler, agents[n % agents.length] ?? '', id)),
      );
      const won = replies.filter(({ status }) => status === 201);
      expect(won).toHaveLength(1);
      const codes = new Set(replies.filter(({ status }) => status !== 201).map(({ body }) => body.code));
      expect([...codes].every((code) => ['TaskClaimed', 'RequestInFlight', 'VersionConflict'].includes(code))).toBe(
        true,
      );
      expect(await decisionsOn(id)).toEqual(['created', 'claimed']);
    },
  );

  it('[WRK-3] is fenced: who shows a token that is not the live one changes nothing', async () => {
    const { team, agents } = await aCrew(2);
    const [one = '', two = ''] = agents;
    const id = await aTask(team);
    const first = await claimed(one, id);
    expect(await act(two, id, 'completion', { token: first, result: 'Mine.' })).toMatchObject({ status: 409 });
    await act(one, id, 'release', { token: first, reason: 'Another goes first.' });
    const second = await claimed(two, id);
    expect(second).toBe(first + 1);
    const before = await taskOf(id);
    for (const [action, more] of [
      ['heartbeats', {}],
      ['start', {}],
      ['release', { reason: 'Late.' }],
      ['completion', { result: 'Late.' }],
      ['failure', { reason: 'Late.' }],
    ] as const) {
      const reply = await act(one, id, action, { token: first, ...more });
      expect(reply, action).toMatchObject({ status: 409, body: { code: 'StaleToken' } });
    }
    expect(await taskOf(id)).toEqual(before);
  });

  it('[WRK-3] is refused to another team, without the skill, and beyond the capacity', async () => {
    const { team, agents } = await aCrew(1, { capacity: 1 });
    const stranger = await aCrew(1);
    const [agent = ''] = agents;
    const needsGo = await aTask(team, { required_skills: [{ name: 'go', proficiency: 2 }] });
    expect(await act(agent, needsGo, 'claims')).toMatchObject({ status: 409, body: { code: 'SkillMissing' } });
    const [first, second] = [await aTask(team), await aTask(team)];
    expect(await act(stranger.agents[0] ?? '', first, 'claims')).toMatchObject({
      status: 403,
      body: { code: 'OutsideOwnTeam' },
    });
    const both = await Promise.all([act(agent, first, 'claims'), act(agent, second, 'claims')]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([201, 409]));
    expect(both.find(({ status }) => status === 409)?.body.code).toBe('CapacityReached');
  });

  it('[LIM-3] is refused when a limit over the agent has nothing left, and what it reserved is settled with it', async () => {
    const { team, agents } = await aCrew(1);
    const [agent = ''] = agents;
    await setLimit(`team/${team}`, orchestrator, aDayOf(1000));
    const [first, second] = [
      await aTask(team, { budget: { tokens: 800 } }),
      await aTask(team, { budget: { tokens: 800 } }),
    ];
    const token = await claimed(agent, first);
    expect(await usedOf(`team/${team}`)).toBe(800);
    expect(await act(agent, second, 'claims')).toMatchObject({ status: 409, body: { code: 'LimitReached' } });
    expect(await taskOf(second)).toMatchObject({ state: 'queued', attempts: 0 });
    await act(agent, first, 'completion', { token, result: 'Done.', actual: { tokens: 150 } });
    expect(await usedOf(`team/${team}`)).toBe(150);
    const again = await claimed(agent, second);
    await act(agent, second, 'release', { token: again, reason: 'Nothing was done.' });
    expect(await usedOf(`team/${team}`)).toBe(150);
  });
});

describe('a lease', () => {
  it('[WRK-4] lives as long as its heartbeats; when it is over, the next claim has the task at once', async () => {
    const { team, agents } = await aCrew(2);
    const [one = '', two = ''] = agents;
    const id = await aTask(team, { budget: { tokens: 10 } });
    const token = await claimed(one, id);
    const [atEnd, afterEnd] = [
      await workloadHere({ now: later(lease - 5) }),
      await workloadHere({ now: later(lease + 5) }),
    ];
    expect(await claim(atEnd, two, id)).toMatchObject({ status: 409, body: { code: 'TaskClaimed' } });
    await ask(atEnd, 'POST', `/tasks/${id}/heartbeats`, { as: one, body: { token } });
    expect(await claim(afterEnd, two, id)).toMatchObject({ status: 409, body: { code: 'TaskClaimed' } });
    const muchLater = await workloadHere({ now: later(3 * lease) });
    const taken = await claim(muchLater, two, id);
    expect(taken).toMatchObject({ status: 201, body: { token: token + 1, task: { holding: { agent: two } } } });
    expect(await act(one, id, 'completion', { token, result: 'Late.' })).toMatchObject({
      body: { code: 'StaleToken' },
    });
    const { body } = await call('GET', `/tasks/${id}/claims`, { as: two });
    expect(body).toMatchObject({ live: { agent: two }, past: [{ agent: one, end: 'expired', version: 1 }] });
  });

  it('[WRK-4] that ran out is swept up: the task is in the queue, what was reserved goes back, its team can claim it', async () => {
    const { team, agents } = await aCrew(2);
    const [one = '', two = ''] = agents;
    const id = await aTask(team, { budget: { tokens: 40 } });
    await act(orchestrator, id, 'assignment', { agent: one });
    await claimed(one, id);
    expect(await usedOf(`agent/${one}`)).toBe(40);
    const sweep = await workloadSweeperHere({ now: later(lease + 1) });
    expect((await sweep()).expired).toContain(id);
    expect(await leaseOf(id)).toBeUndefined();
    expect(await taskOf(id)).toMatchObject({ state: 'queued', assignee: null, holding: null });
    expect(await usedOf(`agent/${one}`)).toBe(0);
    const { body } = await call('GET', `/agents/${two}/work`, { as: two });
    expect(body.claimable.map((task: { id: string }) => task.id)).toContain(id);
    await claimed(two, id);
    expect(await decisionsOn(id)).toEqual(['created', 'assigned', 'claimed', 'expired', 'claimed']);
  });

  it('[WRK-4] is swept up by the deployed sweeper, too', async () => {
    const { team, agents } = await aCrew(1);
    const id = await aTask(team);
    const earlier = await workloadHere({ now: later(-lease - 60) });
    expect(await claim(earlier, agents[0] ?? '', id)).toMatchObject({ status: 201 });
    expect((await invoke('workload-sweeper', {})).answer.expired).toContain(id);
    expect(await taskOf(id)).toMatchObject({ state: 'queued', holding: null });
  });

  it('[WRK-4] that is renewed while it is swept up is never lost', { timeout: 120_000 }, async () => {
    const { team, agents } = await aCrew(1, { capacity: 100 });
    const [one = ''] = agents;
    const beat = await workloadHere({ now: later(lease + 5) });
    const sweep = await workloadSweeperHere({ now: later(lease + 5) });
    for (let round = 0; round < 15; round += 1) {
      const id = await aTask(team);
      const token = await claimed(one, id);
      const [reply] = await Promise.all([
        ask(beat, 'POST', `/tasks/${id}/heartbeats`, { as: one, body: { token } }),
        sweep(),
      ]);
      // Either it was renewed, and is held; or it was over, and the holder was told.
      const { state } = await taskOf(id);
      expect([reply.status, state]).toEqual(reply.status === 200 ? [200, 'claimed'] : [409, 'queued']);
    }
  });
});

describe('reassigning and releasing', () => {
  it('[WRK-4] converge in either order and at once: the new owner has the task, and was woken once', async () => {
    const { team, agents } = await aCrew(2);
    const [one = '', two = ''] = agents;
    const orders: ((id: string, token: number) => Promise<unknown>)[] = [
      async (id, token) => {
        await act(orchestrator, id, 'assignment', { agent: two });
        await act(one, id, 'release', { token, reason: 'Late.' });
      },
      async (id, token) => {
        await act(one, id, 'release', { token, reason: 'Early.' });
        await act(orchestrator, id, 'assignment', { agent: two });
      },
      (id, token) =>
        Promise.all([
          act(orchestrator, id, 'assignment', { agent: two }),
          act(one, id, 'release', { token, reason: 'At once.' }),
        ]),
    ];
    for (const inOrder of orders) {
      const id = await aTask(team);
      await inOrder(id, await claimed(one, id));
      expect(await taskOf(id)).toMatchObject({ state: 'queued', assignee: two, holding: null });
      expect(await leaseOf(id)).toBeUndefined();
      const { body } = await call('GET', `/agents/${two}/inbox`, { as: two });
      const woken = body.items.filter(({ about }: { about: string }) => about === `task/${id}`);
      expect(woken).toMatchObject([{ kind: 'task_assigned' }]);
      const token = await claimed(two, id);
      await act(two, id, 'completion', { token, result: 'Done.' });
    }
  });
});

describe('a crash', () => {
  const faults: Record<string, (at: number) => Fault> = {
    before: (at) => ({ before: ({ nth }) => (nth === at ? new Crash() : undefined) }),
    after: (at) => ({ after: ({ nth }) => (nth === at ? new Crash() : undefined) }),
  };

  it(
    '[WRK-4] [AUD-2] before or after any call leaves task, lease, load and ledger together',
    { timeout: 120_000 },
    async () => {
      const { team, agents } = await aCrew(1, { capacity: 100 });
      const [agent = ''] = agents;
      for (const [when, faultAt] of Object.entries(faults)) {
        for (let at = 0; at < 3; at += 1) {
          const id = await aTask(team, { budget: { tokens: 1 } });
          const crashing = await workloadHere({ client: faultyClient(faultAt(at)).client });
          await claim(crashing, agent, id);
          const task = await taskOf(id);
          const held = await leaseOf(id);
          expect(held !== undefined, `${when} ${at}`).toBe(task.state === 'claimed');
          expect((await decisionsOn(id)).length).toBe(task.version);
        }
      }
      expect((await discrepancies()).found).toEqual([]);
    },
  );
});
