import { beforeAll, describe, expect, it } from 'vitest';
import { messagesAbout } from '../support/approvals.ts';
import {
  aTaskIn,
  endTask,
  getDependency,
  inMinutes,
  need,
  register,
  step,
  taskNow,
  until,
} from '../support/dependencies.ts';
import { agentOf, enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { pagesOf } from '../support/pages.ts';
import { act, untilKnown } from '../support/tasks.ts';
import { call, entriesOf, importExample } from '../support/world.ts';

const [mine, theirs] = [agentOf('product').id, agentOf('platform').id];
const other = agentOf('operations').id;
const orchestrator = orchestratorOf('platform');
const said = { delivered: 'Deployed; see build 12.' };
const eta = { eta: inMinutes(300) };
const sequenceOf = async (id: string) =>
  (await entriesOf(`dependency/${id}`)).map(({ summary }) => summary.split(': ')[1]);

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
  await untilKnown([mine, theirs]);
});

describe('the protocol', () => {
  it('[DEP-1] [DEP-2] goes in order: registered, notified, tracked, resolved, confirmed; and gates the task all the while', async () => {
    const [task, on] = [await aTaskIn('product'), await aTaskIn('platform')];
    const { id, ...made } = await register(mine, need(task, on));
    expect(made).toMatchObject({ state: 'registered', version: 1, dependent: { team: task.team }, on: on.id });
    const waiting = await taskNow(task.id);
    expect(waiting).toMatchObject({
      state: 'blocked',
      version: 2,
      blocked_by: [{ dependency_id: id, task_id: on.id }],
    });
    expect(await act(mine, task.id, 'claims')).toMatchObject({ status: 409, body: { code: 'TaskBlocked' } });
    await until(id, theirs, 'notified');
    expect(await messagesAbout(`dependency/${id}`, orchestrator)).toMatchObject([{ kind: 'dependency_registered' }]);
    expect(await step(id, 'acknowledgement', theirs, eta)).toMatchObject({ status: 200, body: { state: 'tracked' } });
    expect(await step(id, 'resolution', theirs, said)).toMatchObject({ status: 200, body: { state: 'resolved' } });
    expect(await act(mine, task.id, 'claims')).toMatchObject({ status: 409, body: { code: 'TaskBlocked' } });
    const taken = await step(id, 'confirmation', mine, { accepted: true, reason: 'The contract test is green.' });
    expect(taken).toMatchObject({ status: 200, body: { state: 'confirmed', version: 5 } });
    expect(await taskNow(task.id)).toMatchObject({ state: 'queued', version: 3, blocked_by: [] });
    await endTask.done(task.id, mine);
    expect(await sequenceOf(id)).toEqual(['registered', 'notified', 'tracked', 'resolved', 'confirmed']);
    expect((await entriesOf(`dependency/${id}`)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    const kinds = (await messagesAbout(`dependency/${id}`, mine)).map(({ kind }) => kind);
    expect(kinds).toEqual(['dependency_resolved', 'dependency_tracked']);
  });

  it('[DEP-1] refuses every step that is not the next one', async () => {
    const [task, on] = [await aTaskIn('product'), await aTaskIn('platform')];
    const { id } = await register(mine, need(task, on));
    const accepted = { accepted: true, reason: 'Good.' };
    const outOfOrder = { status: 409, body: { code: 'StepOutOfOrder' } };
    await until(id, theirs, 'notified');
    expect(await step(id, 'eta', theirs, { ...eta, reason: 'Later.' })).toMatchObject(outOfOrder);
    expect(await step(id, 'resolution', theirs, said)).toMatchObject(outOfOrder);
    expect(await step(id, 'confirmation', mine, accepted)).toMatchObject(outOfOrder);
    expect(await step(id, 'acknowledgement', theirs, eta)).toMatchObject({ status: 200 });
    expect(await step(id, 'acknowledgement', theirs, eta)).toMatchObject(outOfOrder);
    expect(await step(id, 'confirmation', mine, accepted)).toMatchObject(outOfOrder);
    expect(await step(id, 'resolution', theirs, said)).toMatchObject({ status: 200 });
    expect(await step(id, 'resolution', theirs, said)).toMatchObject(outOfOrder);
    expect(await step(id, 'withdrawal', mine, { reason: 'Done otherwise.' })).toMatchObject({ status: 200 });
    expect(await step(id, 'confirmation', mine, accepted)).toMatchObject(outOfOrder);
    expect(await step(id, 'withdrawal', mine, { reason: 'Again.' })).toMatchObject(outOfOrder);
    expect(await taskNow(task.id)).toMatchObject({ state: 'queued', blocked_by: [] });
    expect(await entriesOf(`dependency/${id}`)).toHaveLength((await getDependency(id, mine)).version);
  });

  it('[DEP-1] sends back what cannot be used; whoever handed over does not take over', async () => {
    const [task, on] = [await aTaskIn('product'), await aTaskIn('platform')];
    const { id } = await register(mine, need(task, on));
    await until(id, theirs, 'notified');
    await step(id, 'acknowledgement', theirs, eta);
    expect(await step(id, 'resolution', enterpriseOrchestrator, said)).toMatchObject({ status: 200 });
    const accepted = { accepted: true, reason: 'Good.' };
    const own = await step(id, 'confirmation', enterpriseOrchestrator, accepted);
    expect(own).toMatchObject({ status: 403, body: { code: 'OwnWork' } });
    const back = await step(id, 'confirmation', mine, { accepted: false, reason: 'The test is red.' });
    expect(back.body).toMatchObject({ state: 'tracked', eta: null, reason: 'The test is red.', resolved_by: null });
    expect((await messagesAbout(`dependency/${id}`, orchestrator))[0]).toMatchObject({ kind: 'dependency_returned' });
    expect((await taskNow(task.id)).blocked_by).toHaveLength(1);
    expect(await step(id, 'eta', theirs, { ...eta, reason: 'Mended by then.' })).toMatchObject({ status: 200 });
    await step(id, 'resolution', theirs, said);
    expect(await step(id, 'confirmation', mine, accepted)).toMatchObject({ body: { state: 'confirmed' } });
  });

  it('[DEP-1] is done by who it concerns, and nobody else', async () => {
    const [task, on] = [await aTaskIn('product'), await aTaskIn('platform')];
    const refused = { status: 403, body: { code: 'NotAParty' } };
    expect(await call('POST', '/dependencies', { as: theirs, body: need(task, on) })).toMatchObject(refused);
    const auditor = humanWith('auditor');
    const asAuditor = await call('POST', '/dependencies', { as: auditor, body: need(task, on) });
    expect(asAuditor).toMatchObject({ status: 403, body: { code: 'RoleMissing' } });
    const { id } = await register(mine, need(task, on));
    await until(id, theirs, 'notified');
    expect(await step(id, 'acknowledgement', mine, eta)).toMatchObject(refused);
    expect(await step(id, 'withdrawal', theirs, { reason: 'No.' })).toMatchObject(refused);
    expect(await call('GET', `/dependencies/${id}`, { as: other })).toMatchObject({ status: 404 });
    expect(await step(id, 'acknowledgement', other, eta)).toMatchObject({ status: 404 });
    expect((await getDependency(id, auditor)).version).toBe(2);
  });

  it('[DEP-1] names the field that is at fault', async () => {
    const [task, on] = [await aTaskIn('product'), await aTaskIn('platform')];
    const faultOf = async (more: Record<string, unknown>) => {
      const { status, body } = await call('POST', '/dependencies', { as: mine, body: need(task, on, more) });
      expect(status, JSON.stringify(body)).toBe(422);
      return body.errors[0].pointer;
    };
    expect(await faultOf({ task_id: 'TASK-none' })).toBe('/body/task_id');
    expect(await faultOf({ on: 'TASK-none' })).toBe('/body/on');
    expect(await faultOf({ interface: undefined })).toBe('/body/interface');
    expect(await faultOf({ needed_by: undefined })).toBe('/body/needed_by');
    expect(await faultOf({ needed_by: '2026-01-01T00:00:00Z' })).toBe('/body/needed_by');
    const due = await aTaskIn('product', { due_at: inMinutes(90) });
    const { needed_by: neededBy } = await register(mine, need(due, on, { needed_by: undefined }));
    expect(neededBy).toBe(due.due_at);
  });
});

describe('what becomes of the tasks', () => {
  it('[DEP-1] a providing task that is done hands over by itself, and its worker does not take over', async () => {
    const [task, on] = [await aTaskIn('product'), await aTaskIn('platform')];
    const { id } = await register(mine, need(task, on));
    await endTask.done(on.id, theirs, 'Built.');
    const there = await until(id, mine, 'resolved');
    expect(there).toMatchObject({ resolved_by: theirs, delivered: 'Built.' });
    expect(there.tracked_at).not.toBeNull();
    expect((await taskNow(task.id)).state).toBe('blocked');
    expect(await step(id, 'confirmation', mine, { accepted: true, reason: 'Good.' })).toMatchObject({ status: 200 });
    expect(await entriesOf(`dependency/${id}`)).toHaveLength((await getDependency(id, mine)).version);
  });

  it('[DEP-1] what a task that is over was waiting for is withdrawn, and the provider hears of it', async () => {
    const [task, on] = [await aTaskIn('product'), await aTaskIn('platform')];
    const { id } = await register(mine, need(task, on));
    await until(id, theirs, 'notified');
    await endTask.cancelled(task.id);
    expect(await until(id, mine, 'withdrawn')).toMatchObject({ reason: 'The task is cancelled.' });
    expect((await messagesAbout(`dependency/${id}`, orchestrator))[0]).toMatchObject({ kind: 'dependency_withdrawn' });
    expect((await taskNow(task.id)).blocked_by).toEqual([]);
  });

  it('[DEP-1] what only informs never touches the task', async () => {
    const [task, on] = [await aTaskIn('product'), await aTaskIn('platform')];
    const { id } = await register(mine, need(task, on, { type: 'informational', interface: undefined }));
    await until(id, theirs, 'notified');
    expect(await taskNow(task.id)).toMatchObject({ version: 1, state: 'queued' });
    await endTask.failed(on.id, theirs);
    expect(await until(id, mine, 'at_risk')).toMatchObject({ alert: { cause: 'task_failed' } });
    expect(await taskNow(task.id)).toMatchObject({ version: 1, state: 'queued' });
    const late = await call('POST', '/dependencies', { as: mine, body: need(task, on) });
    expect(late).toMatchObject({ status: 409, body: { code: 'TaskNotOpen' } });
  });

  it('[DEP-1] the last one that goes tells whom the task is for; lists have both directions, page by page', async () => {
    const task = await aTaskIn('product');
    const assigned = await call('POST', `/tasks/${task.id}/assignment`, {
      as: orchestratorOf('product'),
      body: { agent: mine },
    });
    expect(assigned.status, assigned.text).toBe(200);
    const providers = [await aTaskIn('platform'), await aTaskIn('platform')];
    const all = [];
    for (const on of providers) all.push(await register(mine, need(task, on)));
    const pages = await pagesOf(`/dependencies?task=${task.id}&limit=1`, mine);
    expect(pages.map((page) => page.map(({ id }) => id))).toEqual(expect.arrayContaining(all.map(({ id }) => [id])));
    const provided = `/dependencies?task=${providers[0]?.id}&direction=provides`;
    expect((await call('GET', provided, { as: theirs })).body.items).toMatchObject([{ id: all[0].id }]);
    expect((await call('GET', provided, { as: other })).body.items).toEqual([]);
    await step(all[0].id, 'withdrawal', mine, { reason: 'Not needed.' });
    expect(await taskNow(task.id)).toMatchObject({ state: 'blocked' });
    await step(all[1].id, 'withdrawal', mine, { reason: 'Not needed.' });
    expect(await taskNow(task.id)).toMatchObject({ state: 'queued', assignee: mine });
    expect(await messagesAbout(`task/${task.id}`, mine)).toMatchObject([
      { kind: 'task_unblocked' },
      { kind: 'task_assigned' },
    ]);
    await endTask.cancelled(task.id);
  });
});
