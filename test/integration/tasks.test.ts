import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { agentOf, orchestratorOf } from '../support/organization.ts';
import { aCrew, act, aTask, claimed, createTask, taskOf } from '../support/tasks.ts';
import { call, entriesOf, importExample } from '../support/world.ts';

const orchestrator = orchestratorOf('product');

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

const outcomesOf = async (task: string): Promise<string[]> =>
  (await entriesOf(`task/${task}`)).map(({ details }) => `${details.decision} ${details.outcome}`);

describe('a task', () => {
  it('[WRK-1] goes from its queue through claim and work to its end, each step one version and one entry', async () => {
    const { team, agents } = await aCrew(1);
    const [agent = ''] = agents;
    const due_at = '2026-12-24T12:00:00.000Z';
    const created = await createTask(team, {
      required_skills: [{ name: 'typescript', proficiency: 3 }],
      priority: 'high',
      classification: 'sensitive',
      estimate_minutes: 90,
      due_at,
      budget: { tokens: 1000 },
    });
    expect(created).toMatchObject({
      status: 201,
      body: { state: 'queued', domain: 'product', team, version: 1, due_at },
    });
    const { id } = created.body;
    const claim = await act(agent, id, 'claims');
    expect(claim).toMatchObject({ status: 201, body: { token: 1, task: { state: 'claimed', holding: { agent } } } });
    expect(await act(agent, id, 'start', { token: 1 })).toMatchObject({ status: 200, body: { state: 'running' } });
    const beat = await act(agent, id, 'heartbeats', { token: 1, progress: 'Half of it.' });
    expect(beat).toMatchObject({ status: 200, body: { agent, token: 1, progress: 'Half of it.', version: 2 } });
    const done = await act(agent, id, 'completion', { token: 1, result: 'Raised to 40.', actual: { tokens: 700 } });
    expect(done).toMatchObject({ status: 200, body: { state: 'done', holding: null, worked_by: agent, version: 4 } });
    expect(await outcomesOf(id)).toEqual(['created queued', 'claimed claimed', 'started running', 'completed done']);
    const [first] = await entriesOf(`task/${id}`);
    expect(first).toMatchObject({ classification: 'sensitive', related_tasks: [id], domain: 'product' });
    const claims = await call('GET', `/tasks/${id}/claims`, { as: agent });
    expect(claims.body).toMatchObject({
      live: null,
      past: [{ agent, token: 1, end: 'completed', reservation: { state: 'settled', amounts: { tokens: 700 } } }],
    });
  });

  it('[WRK-1] waits for a review where one is asked for: by somebody else, and back to who did it', async () => {
    const { team, agents } = await aCrew(2);
    const [worker = '', peer = ''] = agents;
    const id = await aTask(team, { review_required: true });
    const token = await claimed(worker, id);
    const submitted = await act(worker, id, 'completion', { token, result: 'Done.' });
    expect(submitted.body).toMatchObject({ state: 'review', holding: null });
    expect(await act(worker, id, 'review', { verdict: 'accept', reason: 'Mine.' })).toMatchObject({
      status: 403,
      body: { code: 'OwnWork' },
    });
    const returned = await act(peer, id, 'review', { verdict: 'revise', reason: 'No test.' });
    expect(returned.body).toMatchObject({ state: 'queued', assignee: worker, revisions: 1 });
    const inbox = await call('GET', `/agents/${worker}/inbox`, { as: worker });
    expect(inbox.body.items).toMatchObject([{ kind: 'task_assigned', about: `task/${id}` }]);
    expect(await act(peer, id, 'claims')).toMatchObject({ status: 409, body: { code: 'AssignedToAnother' } });
    const again = await claimed(worker, id);
    expect(again).toBe(2);
    await act(worker, id, 'completion', { token: again, result: 'With a test.' });
    const accepted = await act(orchestrator, id, 'review', { verdict: 'accept', reason: 'Good.' });
    expect(accepted.body).toMatchObject({ state: 'done' });
    expect(accepted.body.ended_at).not.toBeNull();
  });

  it('[WRK-1] can be changed while it waits, and given up by its own; others are told whose it is', async () => {
    const { team, agents } = await aCrew(1);
    const [agent = ''] = agents;
    const id = await aTask(team, { priority: 'low' });
    const headers = { 'if-match': '"v1"', 'content-type': 'application/merge-patch+json' };
    const changed = await call('PATCH', `/tasks/${id}`, { as: agent, headers, body: { priority: 'critical' } });
    expect(changed).toMatchObject({ status: 200, body: { priority: 'critical', version: 2 } });
    const stale = await call('PATCH', `/tasks/${id}`, { as: agent, headers, body: { priority: 'normal' } });
    expect(stale).toMatchObject({ status: 412 });
    const stranger = agentOf('product').id;
    const patch = { as: stranger, headers: { ...headers, 'if-match': '"v2"' }, body: { priority: 'low' } };
    expect(await call('PATCH', `/tasks/${id}`, patch)).toMatchObject({ status: 403, body: { code: 'OutsideOwnTeam' } });
    const token = await claimed(agent, id);
    const late = { as: agent, headers: { ...headers, 'if-match': '"v3"' }, body: { priority: 'low' } };
    expect(await call('PATCH', `/tasks/${id}`, late)).toMatchObject({ status: 409, body: { code: 'TaskNotOpen' } });
    const given = { reason: 'Not wanted any more.' };
    expect(await act(orchestratorOf('platform'), id, 'cancellation', given)).toMatchObject({ status: 403 });
    const cancelled = await act(orchestrator, id, 'cancellation', given);
    expect(cancelled.body).toMatchObject({ state: 'cancelled', holding: null });
    expect(await act(agent, id, 'completion', { token, result: 'Done.' })).toMatchObject({
      status: 409,
      body: { code: 'StaleToken' },
    });
    expect(await taskOf(id)).toMatchObject({ state: 'cancelled' });
  });

  it('[WRK-1] is refused with the field that is wrong, and where its team is not of the domain of who asks', async () => {
    const nowhere = await createTask('no_such_team');
    expect(nowhere).toMatchObject({ status: 422, body: { errors: [{ pointer: '/body/team' }] } });
    const { team } = await aCrew(0);
    const twice = [{ name: 'go' }, { name: 'go' }];
    expect(await createTask(team, { required_skills: twice })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/body/required_skills/1/name' }] },
    });
    expect(await createTask(team, {}, agentOf('platform').id)).toMatchObject({
      status: 403,
      body: { code: 'OutsideOwnDomain' },
    });
    const id = `TRACKER-${randomUUID().slice(0, 8)}`;
    expect(await createTask(team, { id }, agentOf('product').id)).toMatchObject({ status: 201, body: { id } });
    expect(await createTask(team, { id })).toMatchObject({ status: 409, body: { code: 'AlreadyExists' } });
  });
});
