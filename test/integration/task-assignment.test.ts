import { beforeAll, describe, expect, it } from 'vitest';
import { addSeconds } from '../../functions/shared/clock.ts';
import { keys } from '../../functions/workload/store.ts';
import { agentOf, enterpriseOrchestrator, orchestratorOf } from '../support/organization.ts';
import { sweepHere } from '../support/presence.ts';
import { aProposal } from '../support/proposals.ts';
import { ask, workloadHere, workloadSweeperHere } from '../support/slices.ts';
import { aCrew, act, aTask, claimed, taskOf } from '../support/tasks.ts';
import { call, entriesOf, eventually, importExample, type Reply, world } from '../support/world.ts';

const orchestrator = orchestratorOf('product');
const assign = (id: string, body: object = {}, as = orchestrator): Promise<Reply> => act(as, id, 'assignment', body);
const candidatesOf = (id: string): Promise<Reply> => call('GET', `/tasks/${id}/candidates`, { as: orchestrator });
/** A skill that nobody else has, so that a crew's tasks find the crew alone. */
let nth = 0;
const ownSkill = (proficiency = 4) => ({ name: `skill-${Date.now().toString(36)}-${(nth += 1)}`, proficiency });

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('an assignment', () => {
  it('[WRK-2] goes to the best fit, with the score of each part; the same question has the same answer', async () => {
    const skill = ownSkill(3);
    const { team, agents } = await aCrew(3, { skills: [skill] });
    const best = { ...skill, proficiency: 5 };
    const expert = await aCrew(1, { skills: [best] });
    const [one = '', two = ''] = agents;
    await claimed(one, await aTask(team));
    const id = await aTask(team, { required_skills: [{ ...skill, proficiency: 2 }], topic: 'checkout-api' });
    // The index follows the claim by moments.
    const ranked = await eventually('the index knows of the claim', async () => {
      const { body } = await candidatesOf(id);
      return body.candidates.at(-1)?.agent === one ? body : undefined;
    });
    expect((await candidatesOf(id)).body).toEqual(ranked);
    const { candidates, weights } = ranked;
    expect(candidates).toHaveLength(4);
    for (const { score, parts } of candidates) {
      const sum = Object.entries(parts).reduce((all, [name, part]) => all + Number(part) * weights[name], 0);
      expect(score).toBeCloseTo(sum, 3);
    }
    const outsider = candidates.find(({ agent }: { agent: string }) => agent === expert.agents[0]);
    expect(outsider.parts).toMatchObject({ skills: 1, boundary: 0.5 });
    const { status, body } = await assign(id);
    expect(status).toBe(200);
    expect(body.task).toMatchObject({ assignee: candidates[0].agent, state: 'queued' });
    expect(body.fit).toEqual(candidates[0]);
    expect(body.ranking.map(({ agent }: { agent: string }) => agent)).toEqual(
      candidates.map(({ agent }: { agent: string }) => agent),
    );
    const entry = (await entriesOf(`task/${id}`)).at(-1);
    expect(entry?.details.reasoning).toContain(`Score ${candidates[0].score}`);
    expect([two, agents[2], expert.agents[0]]).toContain(body.task.assignee);
  });

  it(
    '[WRK-2] spreads: as many at once as there is room for, and nobody gets more than it can hold',
    { timeout: 120_000 },
    async () => {
      const skill = ownSkill();
      const { team, agents } = await aCrew(4, { skills: [skill], capacity: 2 });
      const required_skills = [{ ...skill, proficiency: 1 }];
      const ids = await Promise.all(Array.from({ length: 10 }, () => aTask(team, { required_skills })));
      const replies = await Promise.all(ids.map((id) => assign(id)));
      const given = replies.filter(({ status }) => status === 200).map(({ body }) => body.task.assignee as string);
      expect(replies.filter(({ status }) => status !== 200).map(({ body }) => body.code)).toEqual([
        'NoCandidate',
        'NoCandidate',
      ]);
      for (const agent of agents) expect(given.filter((one) => one === agent)).toHaveLength(2);
    },
  );

  it('[WRK-2] prefers who knows the topic', async () => {
    const skill = ownSkill();
    const { team, agents } = await aCrew(2, { skills: [skill] });
    const required_skills = [{ ...skill, proficiency: 1 }];
    const [, two = ''] = agents;
    const before = await aTask(team, { topic: 'billing-service' });
    const token = await claimed(two, before);
    await act(two, before, 'completion', { token, result: 'Done.' });
    const id = await aTask(team, { required_skills, topic: 'billing-service' });
    const first = await eventually('the index knows of the work', async () => {
      const [best] = (await candidatesOf(id)).body.candidates;
      return best?.parts.specialisation === 1 ? best : undefined;
    });
    expect(first.agent).toBe(two);
    expect((await assign(id)).body.task.assignee).toBe(two);
  });

  it('[WRK-2] crosses the border of a domain by a decision only, which is about this very task and serves once', async () => {
    const { team } = await aCrew(0);
    const abroad = agentOf('platform').id;
    const [id, other] = [await aTask(team), await aTask(team)];
    const named = { agent: abroad };
    expect(await assign(id, named)).toMatchObject({ status: 409, body: { code: 'MandateMissing' } });
    expect(await assign(id, named, enterpriseOrchestrator)).toMatchObject({
      status: 409,
      body: { code: 'MandateMissing' },
    });
    const about = aProposal('resource_allocation', { resource: { type: 'task', id: `${id}@${abroad}` } });
    const decision = await call('POST', '/decisions', { as: enterpriseOrchestrator, body: about });
    expect(decision.body.verdict, JSON.stringify(decision.body.reasons)).toBe('allowed');
    const decision_id = decision.body.id;
    expect(await assign(other, { ...named, decision_id })).toMatchObject({ body: { code: 'MandateMissing' } });
    const done = await assign(id, { ...named, decision_id });
    expect(done).toMatchObject({ status: 200, body: { task: { assignee: abroad }, fit: { parts: { boundary: 0 } } } });
    await assign(id, { agent: (await aCrew(1)).agents[0] });
    expect(await assign(id, { ...named, decision_id })).toMatchObject({ body: { code: 'MandateMissing' } });
  });

  it('[WRK-2] is refused to who is not active or lacks the skill, and by who may not', async () => {
    const { team, agents } = await aCrew(2);
    const [one = '', two = ''] = agents;
    const id = await aTask(team, { required_skills: [{ name: 'typescript' }] });
    expect(await assign(id, { agent: 'agt_nobody' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/body/agent' }] },
    });
    expect(await assign(id, { agent: one }, one)).toMatchObject({ status: 403 });
    expect(await assign(id, { agent: one }, orchestratorOf('platform'))).toMatchObject({
      body: { code: 'OutsideOwnDomain' },
    });
    const pause = { as: orchestrator, headers: { 'if-match': '"v1"' }, body: { status: 'paused' } };
    expect(await call('PATCH', `/agents/${two}`, pause)).toMatchObject({ status: 200 });
    expect(await assign(id, { agent: two })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/body/agent' }] },
    });
    const unskilled = await aTask(team, { required_skills: [ownSkill()] });
    expect(await assign(unskilled, { agent: one })).toMatchObject({ body: { code: 'SkillMissing' } });
    expect(await assign(unskilled)).toMatchObject({ status: 409, body: { code: 'NoCandidate' } });
  });
});

describe('an agent that stops', () => {
  it('[WRK-5] gives back what it holds and what waits for it, and gets nothing more', async () => {
    const { team, agents } = await aCrew(2);
    const [one = '', two = ''] = agents;
    const [held, waiting] = [await aTask(team), await aTask(team)];
    const token = await claimed(one, held);
    await assign(waiting, { agent: one });
    const pause = { as: orchestrator, headers: { 'if-match': '"v1"' }, body: { status: 'paused' } };
    expect(await call('PATCH', `/agents/${one}`, pause)).toMatchObject({ status: 200 });
    for (const id of [held, waiting]) {
      const task = await eventually(`${id} is given back`, async () => {
        const found = await taskOf(id);
        return found.assignee === null && found.holding === null ? found : undefined;
      });
      expect(task).toMatchObject({ state: 'queued' });
      await claimed(two, id);
    }
    const resume = { as: orchestrator, headers: { 'if-match': '"v2"' }, body: { status: 'active' } };
    expect(await call('PATCH', `/agents/${one}`, resume)).toMatchObject({ status: 200 });
    expect(await act(one, held, 'heartbeats', { token })).toMatchObject({ status: 409, body: { code: 'StaleToken' } });
  });
});

describe('an agent that is not heard of', () => {
  it('[DIR-4] [WRK-5] has its work taken back, and gets some again once it is heard of', async () => {
    const skill = ownSkill();
    const { team, agents } = await aCrew(2, { skills: [skill] });
    const [silent = '', other = ''] = agents;
    expect(await call('POST', `/agents/${silent}/heartbeat`, { as: silent, body: { load: 10 } })).toMatchObject({
      status: 200,
    });
    const required_skills = [{ ...skill, proficiency: 1 }];
    const [held, waiting] = [await aTask(team, { required_skills }), await aTask(team, { required_skills })];
    await claimed(silent, held);
    await assign(waiting, { agent: silent });
    expect(await sweepHere([silent], { at: addSeconds(new Date(), 181), heartbeatSeconds: 60 })).toBe(1);
    for (const id of [held, waiting]) {
      await eventually(`${id} is taken back`, async () => {
        const { assignee, holding } = await taskOf(id);
        return assignee === null && holding === null ? true : undefined;
      });
      await claimed(other, id);
    }
    const candidate = async (): Promise<boolean> =>
      (await candidatesOf(held)).body.candidates.some(({ agent }: { agent: string }) => agent === silent);
    await eventually('it is no candidate', async () => ((await candidate()) ? undefined : true));
    await call('POST', `/agents/${silent}/heartbeat`, { as: silent, body: { load: 0 } });
    await eventually('it is a candidate again', async () => (await candidate()) || undefined);
  });
});

describe('an agent with too much to do', () => {
  const inMinutes = (minutes: number) => () => addSeconds(new Date(), 60 * minutes);

  it('[WRK-5] passes what waits for it to others with the same specialisation after five minutes, not before', async () => {
    const skill = ownSkill();
    const { team, agents } = await aCrew(2, { skills: [skill], capacity: 1 });
    const [busy = '', free = ''] = agents;
    const required_skills = [{ ...skill, proficiency: 1 }];
    const [held, waiting, elsewhere] = [
      await aTask(team, { required_skills }),
      await aTask(team, { required_skills }),
      await aTask(team, { required_skills: [] }),
    ];
    const token = await claimed(busy, held);
    await assign(waiting, { agent: busy });
    await eventually('the index knows that it is overloaded', async () => {
      const { body } = await candidatesOf(held);
      return body.candidates.some(({ agent }: { agent: string }) => agent === busy) ? undefined : true;
    });
    const early = await workloadSweeperHere({ now: inMinutes(4) });
    expect((await early()).moved).not.toContain(waiting);
    // It goes on working, so that its lease is not over when the overload has lasted.
    const beat = await workloadHere({ now: inMinutes(4) });
    expect(await ask(beat, 'POST', `/tasks/${held}/heartbeats`, { as: busy, body: { token } })).toMatchObject({
      status: 200,
    });
    const late = await workloadSweeperHere({ now: inMinutes(5.5) });
    const { moved } = await late();
    expect(moved).toContain(waiting);
    expect(await taskOf(waiting)).toMatchObject({ assignee: free, state: 'queued' });
    expect(await taskOf(elsewhere)).toMatchObject({ assignee: null });
    const [entry, ...more] = await entriesOf(`agent-overload/${busy}`);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ sequence: 1, related_tasks: [waiting] });
    expect((await late()).moved).not.toContain(waiting);
  });
});

describe('an agent that says that it has too much to do', () => {
  it('[WRK-5] [DIR-4] passes on what waits for it, too; the ledger hears of it when its load passes 90 %, and when it falls', async () => {
    const skill = ownSkill();
    const { team, agents } = await aCrew(2, { skills: [skill], capacity: 4 });
    const [busy = '', free = ''] = agents;
    const waiting = await aTask(team, { required_skills: [{ ...skill, proficiency: 1 }] });
    await assign(waiting, { agent: busy });
    for (const load of [40, 95, 97, 60, 99]) {
      expect(await call('POST', `/agents/${busy}/heartbeat`, { as: busy, body: { load } })).toMatchObject({
        status: 200,
      });
    }
    const told = (await entriesOf(`agent-presence/${busy}`)).map(({ summary }) => summary.split(' (')[0]);
    expect(told.slice(1)).toEqual(['Has too much to do', 'Has not too much to do any more', 'Has too much to do']);
    await eventually('it is known to be overloaded', async () => {
      const [load] = await world().state.getMany([keys.load(busy)]);
      const [entry] = await world().state.getMany([{ ...keys.load(busy), sk: 'index' }]);
      return load?.reported === 99 && typeof entry?.overloaded_since === 'string' ? true : undefined;
    });
    const sweep = await workloadSweeperHere({ now: () => addSeconds(new Date(), 310) });
    expect((await sweep()).moved).toContain(waiting);
    expect(await taskOf(waiting)).toMatchObject({ assignee: free });
  });
});

describe('a task that is not over when it is due', () => {
  it('[WRK-1] is told of once: to who has it, and to the orchestrator of its domain', async () => {
    const { team, agents } = await aCrew(1);
    const [agent = ''] = agents;
    const due_at = addSeconds(new Date(), 60).toISOString();
    const [late, done] = [await aTask(team, { due_at }), await aTask(team, { due_at })];
    await claimed(agent, late);
    await act(agent, done, 'completion', { token: await claimed(agent, done), result: 'In time.' });
    const sweep = await workloadSweeperHere({ now: () => addSeconds(new Date(), 90) });
    const swept = (await Promise.all([sweep(), sweep(), sweep()])).flatMap((one) => one.late);
    expect(swept.filter((id) => id === late)).toEqual([late]);
    expect(swept).not.toContain(done);
    expect(await taskOf(late)).toMatchObject({ late: true, state: 'claimed' });
    for (const to of [agent, orchestrator]) {
      const { items } = await world().state.query({ partition: ['pk', `approvals#message#${to}`] });
      const told = items.filter(({ about }) => about === `task/${late}`);
      expect(told).toMatchObject([{ kind: 'task_overdue', due_at }]);
    }
    expect((await entriesOf(`task/${late}`)).map(({ details }) => details.decision).at(-1)).toBe('overdue');
  });
});
