import '../unit/audit/quiet.ts';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CapacityReport, capacityRoutes } from '../../functions/workload/capacity-contract.ts';
import { historyOf } from '../../functions/workload/capacity-model.ts';
import { supplyStore } from '../../functions/workload/capacity-store.ts';
import { followSupply } from '../../functions/workload/capacity-supply.ts';
import { created } from '../../functions/workload/changes.ts';
import { demandStore } from '../../functions/workload/demand-store.ts';
import { type AgentLoad, idle } from '../../functions/workload/load-model.ts';
import { newTask } from '../../functions/workload/model.ts';
import { keys, writes } from '../../functions/workload/store.ts';
import { NewTask } from '../../functions/workload/task-contract.ts';
import { addSeconds, dayOf } from '../../functions/shared/clock.ts';
import { inParallel } from '../../functions/shared/in-parallel.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import { capacityHere, demandHere, taskEvent } from '../support/capacity.ts';
import { anEvent, Crash, type Fault, faultyClient, lambdaContext } from '../support/in-process.ts';
import { agentOf, humanWith } from '../support/organization.ts';
import { seasonalSeries } from '../support/seasonal-series.ts';
import { type Answered, ask, coreHere, directoryHere } from '../support/slices.ts';
import { aCrew, act, aTask, claimed } from '../support/tasks.ts';
import { call, eventually, importExample, world } from '../support/world.ts';

const now = new Date();
const today = dayOf(now);
const trace = continueTrace(undefined);
const operating = { as: humanWith('operator'), runtime: 'operator' };

/** A domain that nothing else counts in. */
async function aDomain(): Promise<string> {
  const id = `capacity-${randomUUID().slice(0, 8)}`;
  const here = await directoryHere({ provisioned: [id] });
  const added = await ask(here, 'POST', '/domains', { ...operating, body: { id, name: id } });
  expect(added).toMatchObject({ status: 201 });
  return id;
}

const counted = async (domain: string, skill: string) => {
  const days = await demandStore(world().state).days(domain, skill, '2000-01-01', '2100-01-01');
  return [...days.values()].map(({ day, created: came, completed, minutes }) => [day, came, completed, minutes]);
};

/** An agent as the workload knows it. */
async function anAgent(domain: string, given: Partial<AgentLoad> = {}): Promise<string> {
  const id = `agt_${randomUUID().slice(0, 8)}`;
  const skills = [{ name: 'go', proficiency: 3 }];
  const { capacity = 2, ...more } = given;
  const load = { ...idle({ id, domain, team: 'one', skills, capacity, status: 'active' }), ...more };
  const core = await coreHere();
  await core.commit({ writes: [writes.newLoad(load)], entries: [] }, { actor: 'test', now: new Date(), trace });
  return id;
}
const become = async (agent: string, set: Partial<AgentLoad>): Promise<void> => {
  const core = await coreHere();
  const room = set.capacity === undefined ? {} : { slots: set.capacity, free: set.capacity };
  const where = [{ path: 'agent', is: agent }];
  const write = { kind: 'adjust' as const, key: keys.load(agent), set: { ...set, ...room }, where };
  await core.commit({ writes: [write], entries: [] }, { actor: 'test', now: new Date(), trace });
};
const follow = async (agent: string, client = world().dynamo): Promise<void> => {
  const core = await coreHere({ client });
  await followSupply({ supplies: supplyStore(core.state), commit: core.commit, now: core.now }, agent, trace);
};
const supplyOf = async (domain: string) => Object.fromEntries(await supplyStore(world().state).ofDomain(domain, 100));

const dies = (when: 'before' | 'after', nth: number): Fault => ({
  [when]: (one: { nth: number }) => (one.nth === nth ? new Crash(`${when} call ${nth}`) : undefined),
});

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('demand', () => {
  it('[WRK-6] is counted by skill and under all work, on the day of the event, once however often it is delivered', async () => {
    const domain = await aDomain();
    const deliver = await demandHere();
    const yesterday = addSeconds(now, -86_400);
    const task = `task_${randomUUID()}`;
    const came = taskEvent('created', { domain, at: yesterday, minutes: 90, skills: ['go', 'sql'], task });
    const done = taskEvent('completed', { domain, at: now, minutes: 70, skills: ['go', 'sql'], task });
    const plain = taskEvent('created', { domain, at: now, minutes: 30 });
    expect(await deliver(came, came, done, plain)).toEqual([]);
    const many = await Promise.all(Array.from({ length: 10 }, demandHere));
    const failed = await Promise.all(many.map((one) => one(came, done)));
    // One that lost the race to another may give its message back; delivered again, it finds the work done.
    const back = many.filter((_, at) => failed[at]?.length);
    expect((await Promise.all(back.map((one) => one(came, done)))).flat()).toEqual([]);
    const both = [
      [dayOf(yesterday), 1, 0, 90],
      [today, 0, 1, 0],
    ];
    for (const skill of ['go', 'sql']) expect(await counted(domain, skill), skill).toEqual(both);
    expect(await counted(domain, '*')).toEqual([both[0], [today, 1, 1, 30]]);
    expect(await demandStore(world().state).skills(domain, 10)).toEqual(['*', 'go', 'sql']);
  });

  it('[WRK-6] of 40 tasks that come at once, on a day that none has begun, is counted whole', async () => {
    const domain = await aDomain();
    const consumers = await Promise.all(Array.from({ length: 8 }, () => demandHere()));
    const events = Array.from({ length: 40 }, () =>
      taskEvent('created', { domain, at: now, minutes: 10, skills: ['go'] }),
    );
    let left = events;
    for (let round = 0; left.length > 0 && round < 5; round += 1) {
      const failed = await inParallel([...left.entries()], 8, async ([at, event]) => {
        const given = await consumers[at % consumers.length]?.(event);
        return given?.length ? [event] : [];
      });
      left = failed.flat();
    }
    expect(left).toEqual([]);
    for (const skill of ['go', '*']) expect(await counted(domain, skill)).toEqual([[today, 40, 0, 400]]);
  });

  it('[WRK-6] is counted once by a consumer that dies at any call', async () => {
    const domain = await aDomain();
    const probe = faultyClient({});
    await (
      await demandHere(probe.client)
    )(taskEvent('created', { domain, at: now, minutes: 1, skills: ['go'] }));
    let events = 1;
    for (const when of ['before', 'after'] as const) {
      for (let nth = 0; nth < probe.calls.length; nth += 1) {
        const event = taskEvent('created', { domain, at: now, minutes: 1, skills: ['go'] });
        expect(await (await demandHere(faultyClient(dies(when, nth)).client))(event)).toEqual(['message-0']);
        expect(await (await demandHere())(event)).toEqual([]);
        events += 1;
        expect(await counted(domain, 'go'), `${when} call ${nth}`).toEqual([[today, events, 0, events]]);
      }
    }
  });
});

describe('supply', () => {
  it('[WRK-6] is who can work, by skill, and follows what becomes of agents', async () => {
    const [domain, other] = [await aDomain(), await aDomain()];
    const [first, second] = [await anAgent(domain), await anAgent(domain, { capacity: 3 })];
    for (const agent of [first, second, first]) await follow(agent);
    expect(await supplyOf(domain)).toEqual({ '*': { agents: 2, capacity: 5 }, go: { agents: 2, capacity: 5 } });
    await become(first, { skills: [{ name: 'sql', proficiency: 1 }], capacity: 4 });
    await become(second, { reachable: false });
    for (const agent of [first, second]) await follow(agent);
    const none = { agents: 0, capacity: 0 };
    const one = { agents: 1, capacity: 4 };
    expect(await supplyOf(domain)).toEqual({ '*': one, go: none, sql: one });
    await become(first, { domain: other });
    await follow(first);
    expect(await supplyOf(domain)).toEqual({ '*': none, go: none, sql: none });
    expect(await supplyOf(other)).toEqual({ '*': one, sql: one });
  });

  it('[WRK-6] is exact where many agents are counted at once, each of them several times', async () => {
    const domain = await aDomain();
    const agents = await inParallel(Array.from({ length: 12 }), 4, () => anAgent(domain));
    const again = (agent: string): Promise<void> => follow(agent).catch(() => undefined);
    await Promise.all([...agents, ...agents].map(again));
    // Whoever lost too many races is delivered again.
    for (const agent of agents) await follow(agent);
    const all = { agents: 12, capacity: 24 };
    expect(await supplyOf(domain)).toEqual({ '*': all, go: all });
  });

  it('[WRK-6] counts an agent once where counting it dies at any call', async () => {
    const domain = await aDomain();
    const probe = faultyClient({});
    await follow(await anAgent(domain), probe.client);
    let agents = 1;
    for (const when of ['before', 'after'] as const) {
      for (let nth = 0; nth < probe.calls.length; nth += 1) {
        const agent = await anAgent(domain);
        await expect(follow(agent, faultyClient(dies(when, nth)).client)).rejects.toThrow(when);
        await follow(agent);
        agents += 1;
        expect((await supplyOf(domain)).go, `${when} call ${nth}`).toEqual({ agents, capacity: 2 * agents });
      }
    }
  });
});

describe('the capacity of a domain', () => {
  const get = async (path: string): Promise<Answered> =>
    ask(await capacityHere(), 'GET', path, { as: agentOf('product').id });
  const asked = async (domain: string, skill?: string): Promise<CapacityReport> => {
    const here = await capacityHere();
    const event = anEvent('GET', `/capacity/${domain}`, { as: agentOf('product').id });
    const reply = await here({ ...event, queryStringParameters: skill ? { skill } : null }, lambdaContext);
    expect(reply.statusCode, reply.body).toBe(200);
    return capacityRoutes.reportCapacity.ok.parse(JSON.parse(reply.body));
  };
  const { days } = historyOf(now);

  /** Eight weeks of demand for a skill, one task a day; on a day without any there is none. */
  const seed = async (domain: string, skill: string, series: readonly number[]): Promise<void> => {
    const deliver = await demandHere();
    const events = series.flatMap((minutes, at) =>
      minutes > 0
        ? [taskEvent('created', { domain, at: new Date(`${days[at]}T12:00:00Z`), minutes, skills: [skill] })]
        : [],
    );
    expect(await deliver(...events)).toEqual([]);
  };

  it('[WRK-6] has history, forecast with its error, supply, bottlenecks, and an action above 90 %, with numbers', async () => {
    const domain = await aDomain();
    const growing = seasonalSeries(5, { days: 56, noise: 0.05, trend: 1, season: 'multiplicative' }, 1_500);
    await seed(domain, 'go', growing);
    await seed(
      domain,
      'sql',
      growing.map((minutes) => Math.round(minutes / 20)),
    );
    for (let n = 0; n < 2; n += 1) await follow(await anAgent(domain, { capacity: 1 }));
    await follow(await anAgent(domain, { capacity: 4, skills: [{ name: 'sql', proficiency: 5 }] }));
    const report = await asked(domain);
    expect(report).toMatchObject({ domain, complete: true });
    expect(report.skills.map(({ skill }) => skill)).toEqual(['*', 'go', 'sql']);
    const [all, go, sql] = report.skills;
    expect(go?.history.map(({ minutes }) => minutes)).toEqual(growing);
    expect(all?.history.map(({ minutes }) => minutes)).toEqual(
      growing.map((minutes) => minutes + Math.round(minutes / 20)),
    );
    expect(go?.forecast).toMatchObject({ method: expect.stringMatching(/^damped_holt_winters_/) });
    expect(go?.forecast.days[0]?.day).toBe(today);
    const { held_out, repeated_week } = go?.forecast.error ?? {};
    expect(held_out?.mape).toBeLessThan(repeated_week?.mape ?? 0);
    expect(go).toMatchObject({ supply: { agents: 2, capacity: 2, available_minutes: 2880 }, bottleneck: true });
    expect(go?.utilisation).toBeGreaterThan(0.9);
    expect(sql).toMatchObject({ bottleneck: false, supply: { agents: 1, capacity: 4 } });
    expect(report.bottlenecks).toEqual(['go']);
    expect(report.scaling_actions).toMatchObject([{ action: 'train', skill: 'go', unit: 'agents' }]);
    expect(report.scaling_actions[0]?.reason).toContain(`${go?.needed_minutes} min a day are needed of 2880`);
  });

  it('[WRK-6] tells what waits, and how long, and asks to move work that waits while there is room', async () => {
    const domain = await aDomain();
    await follow(await anAgent(domain, { capacity: 5 }));
    const core = await coreHere();
    for (const hours of [7, 1]) {
      const at = addSeconds(now, -hours * 3600);
      const body = NewTask.parse({ title: 'Waits', required_skills: [{ name: 'go' }], estimate_minutes: 30 });
      const id = `task_${randomUUID()}`;
      const task = newTask(body, { id, domain, team: 'checkout', createdBy: operating.as, now: at });
      await core.commit(created(task), { actor: operating.as, now: at, trace });
    }
    const { skills, scaling_actions } = await asked(domain, 'go');
    expect(skills.map(({ skill }) => skill)).toEqual(['*', 'go']);
    for (const { queue, needed_minutes, bottleneck } of skills) {
      expect(queue).toMatchObject({ tasks: 2, minutes: 60 });
      expect(queue.oldest_wait_minutes).toBeGreaterThanOrEqual(420);
      expect({ needed_minutes, bottleneck }).toEqual({ needed_minutes: 9, bottleneck: false });
    }
    expect(scaling_actions.map(({ action, skill, amount }) => [action, skill, amount])).toEqual([
      ['rebalance', '*', 2],
      ['rebalance', 'go', 2],
    ]);
  });

  it('[WRK-6] of one that has nothing is empty, and of one that is not there is not found', async () => {
    const [all, ...others] = (await asked(await aDomain())).skills;
    expect(others).toEqual([]);
    expect(all).toMatchObject({
      skill: '*',
      needed_minutes: 0,
      utilisation: 0,
      bottleneck: false,
      forecast: { method: 'none', error: null },
    });
    expect(await get('/capacity/nowhere')).toMatchObject({ status: 404, body: { code: 'NotFound' } });
    expect(await get('/capacity/No')).toMatchObject({ status: 400, body: { errors: [{ pointer: '/params/domain' }] } });
  });
});

describe('the deployed report', () => {
  it('[WRK-6] counts what comes and is done, and who can do it, by the events of tasks and agents', async () => {
    const skill = { name: `skill-${randomUUID().slice(0, 8)}`, proficiency: 3 };
    const { team, agents } = await aCrew(2, { skills: [skill], capacity: 3 });
    const required_skills = [{ ...skill, proficiency: 1 }];
    const more = { required_skills, estimate_minutes: 120 };
    const ids = [await aTask(team, more), await aTask(team, more)];
    const [agent = ''] = agents;
    const [first = ''] = ids;
    await act(agent, first, 'completion', { token: await claimed(agent, first), result: 'Done.' });
    const found = await eventually('all of it is counted', async () => {
      const { body } = await call('GET', `/capacity/product?skill=${skill.name}`, { as: agent });
      const one = body.skills.find((each: { skill: string }) => each.skill === skill.name);
      return one?.today.completed === 1 && one.supply.agents === 2 ? one : undefined;
    });
    expect(found.today).toMatchObject({ day: today, created: 2, completed: 1, minutes: 240 });
    expect(found).toMatchObject({ supply: { agents: 2, capacity: 6 }, queue: { tasks: 1, minutes: 120 } });
  });
});
