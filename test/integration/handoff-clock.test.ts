import { beforeAll, describe, expect, it } from 'vitest';
import { inboxPort } from '../../functions/approvals/inbox-port.ts';
import { directoryStore } from '../../functions/directory/questions.ts';
import { clockState } from '../../functions/handoffs/clock-model.ts';
import { Handoff } from '../../functions/handoffs/contract.ts';
import { awaitChange, look, tick } from '../../functions/handoffs/operations/keep-clock.ts';
import { rescueHandoffs } from '../../functions/handoffs/operations/rescue-handoffs.ts';
import { depsOf } from '../../functions/handoffs/wiring.ts';
import type { Due } from '../../functions/handoffs/workflow-contract.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { workflowOf } from '../../functions/shared/workflow.ts';
import { workloadPort } from '../../functions/workload/port.ts';
import { messagesAbout } from '../support/approvals.ts';
import { discrepancies } from '../support/consistency.ts';
import { invoke } from '../support/functions.ts';
import { accepted, handoffOf, offered, opened, parties, step, typesOf, walkedThrough } from '../support/handoffs.ts';
import { itemsOf } from '../support/ledger.ts';
import { enterpriseOrchestrator, orchestratorOf } from '../support/organization.ts';
import { ask, coreHere, handoffsHere } from '../support/slices.ts';
import { taskOf } from '../support/tasks.ts';
import { executionsOf, statusOf, stop, untilStatus, withClocks } from '../support/workflows.ts';
import { call, eventually, importExample, world } from '../support/world.ts';

const machine = 'handoff';
const day = 86_400;
const long = { prepare_seconds: 30 * day, accept_seconds: 30 * day };
const product = orchestratorOf('product');

const kindsFor = async (id: string, owner: string): Promise<string[]> =>
  (await messagesAbout(`handoff/${id}`, owner)).map(({ kind }) => kind as string);
const waits = (id: string) =>
  eventually('the workflow waits', async () => {
    return (await world().state.getMany([{ pk: `handoffs#handoff#${id}`, sk: 'token' }]))[0];
  });

const machineArn = `arn:aws:states:us-east-1:000000000000:stateMachine:orchestra-local-${machine}`;
async function depsHere(now = (): Date => new Date()) {
  const core = await coreHere({ now });
  const given = { records: directoryStore(core.state), tasks: workloadPort(core), inbox: inboxPort(core.state) };
  return { ...depsOf(core, given), workflow: workflowOf(machineArn) };
}

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('silence', () => {
  it(
    '[HND-3] [HND-1] after the offer is reminded of at half of the time, expires at its end and escalates; the tasks stay',
    { timeout: 120_000 },
    async () => {
      const given = await parties(2);
      await withClocks(2 / day, async () => {
        const { id } = await offered(given, { terms: { prepare_seconds: 30 * day, accept_seconds: 3 * day } });
        await untilStatus(machine, id, 'SUCCEEDED', 90);
        expect(await handoffOf(id, given.giver)).toMatchObject({
          phase: 'expired',
          ended_by: null,
          escalated: { level: 'enterprise', to: [enterpriseOrchestrator] },
        });
        expect(await typesOf(`handoff/${id}`)).toEqual(['opened', 'offered', 'reminded', 'expired', 'escalated']);
        expect(await kindsFor(id, given.taker)).toEqual([
          'handoff_ended',
          'handoff_reminder',
          'handoff_offered',
          'handoff_prepared',
        ]);
        expect(await kindsFor(id, enterpriseOrchestrator)).toEqual(['handoff_escalated']);
        for (const task of given.tasks)
          expect(await taskOf(task)).toMatchObject({ team: given.from.team, domain: 'product', handoff_id: null });
        expect(await step(id, 'acceptance', given.taker)).toMatchObject({
          status: 409,
          body: { code: 'HandoffClosed' },
        });
        expect(await executionsOf(machine, id)).toEqual([id]);
      });
    },
  );

  it('[HND-3] before the offer is no way to keep tasks bound for ever', { timeout: 120_000 }, async () => {
    const given = await parties(1);
    await withClocks(2 / day, async () => {
      const { id } = await opened(given, { terms: { prepare_seconds: 2 * day } });
      await untilStatus(machine, id, 'SUCCEEDED', 90);
      expect(await typesOf(`handoff/${id}`)).toEqual(['opened', 'reminded', 'expired', 'escalated']);
      expect(await kindsFor(id, given.giver)).toEqual(['handoff_ended', 'handoff_reminder']);
      expect(await taskOf(given.tasks[0] ?? '')).toMatchObject({ team: given.from.team, handoff_id: null });
    });
  });
});

describe('the support window', () => {
  it(
    '[HND-4] [HND-1] routes questions, passes on what is overdue once, and closes with its figures',
    { timeout: 120_000 },
    async () => {
      const given = await parties(1);
      await withClocks(2 / day, async () => {
        const terms = { ...long, support_seconds: 6 * day, answer_seconds: day / 2 };
        const { id } = await accepted(given, { terms });
        const question = await step(id, 'questions', given.taker, { part: 'current_state', question: 'Where is it?' });
        expect(question.body.questions).toMatchObject([{ phase: 'support', routed_to: given.giver, answer: null }]);
        const [{ asked_at, due_at }] = question.body.questions;
        expect(Date.parse(due_at) - Date.parse(asked_at)).toBe((day / 2) * 1000);
        await step(id, 'questions', given.taker, { question: 'And who watches it?' });
        const overdue = async () => {
          const passed = (await typesOf(`handoff/${id}`)).filter((type) => type === 'question-overdue');
          return passed.length === 2 ? true : undefined;
        };
        await eventually('the questions are passed on', overdue);
        expect(await kindsFor(id, product)).toEqual(['handoff_escalated', 'handoff_escalated']);
        expect(await step(id, 'closure', given.taker)).toMatchObject({ status: 409, body: { code: 'QuestionsOpen' } });
        await step(id, 'questions/1/answer', given.giver, { answer: 'In the folder.' });
        expect(await kindsFor(id, given.taker)).toContain('handoff_answer');
        await untilStatus(machine, id, 'SUCCEEDED', 60);
        const closed = await handoffOf(id, given.taker);
        expect(closed).toMatchObject({
          phase: 'closed',
          ended_by: null,
          figures: { questions: 2, answered: 1, late: 2, unanswered: 1, mean_answer_seconds: expect.any(Number) },
        });
        expect((await itemsOf(`handoff/${id}`)).at(-1)?.event).toMatchObject({
          type: 'orchestra.handoff.closed.v1',
          data: { ...closed.figures, ...closed.delay },
        });
        expect(await step(id, 'questions', given.taker, { question: 'Too late?' })).toMatchObject({ status: 409 });
      });
    },
  );

  it('[HND-4] asks the domain where who handed over cannot be reached, and can end early', async () => {
    const given = await parties(1);
    const { id } = await accepted(given);
    const { body: agent } = await call('GET', `/agents/${given.giver}`, { as: 'hum_operator' });
    const paused = { as: 'hum_operator', body: { status: 'paused' }, headers: { 'if-match': `"v${agent.version}"` } };
    expect(await call('PATCH', `/agents/${given.giver}`, paused)).toMatchObject({ status: 200 });
    const question = await step(id, 'questions', given.taker, { question: 'Where is it?' });
    expect(question.body.questions).toMatchObject([{ routed_to: product }]);
    expect(await kindsFor(id, product)).toEqual(['handoff_question']);
    expect(await step(id, 'questions/1/answer', given.taker, { answer: 'Here.' })).toMatchObject({ status: 403 });
    const answer = await step(id, 'questions/1/answer', product, { answer: 'In the folder.' });
    expect(answer.body.questions).toMatchObject([{ answered_by: product, seconds: expect.any(Number) }]);
    expect(await step(id, 'closure', given.giver)).toMatchObject({ status: 403 });
    expect(await step(id, 'closure', given.taker)).toMatchObject({
      status: 200,
      body: { phase: 'closed', ended_by: given.taker, figures: { questions: 1, answered: 1, late: 0, unanswered: 0 } },
    });
    await untilStatus(machine, id, 'SUCCEEDED');
  });
});

describe('the workflow', () => {
  it('[HND-1] is woken by whatever ends a phase, and shows the phase that it is in', { timeout: 120_000 }, async () => {
    const given = await parties(3);
    const [first = '', second = '', third = ''] = given.tasks;
    const withdrawn = await opened({ ...given, tasks: [first] });
    const refused = await offered({ ...given, tasks: [second] });
    const taken = await walkedThrough({ ...given, tasks: [third] });
    for (const { id } of [withdrawn, refused, taken]) await waits(id);
    await step(withdrawn.id, 'withdrawal', given.giver, { reason: 'Done.' });
    await step(refused.id, 'refusal', given.taker, { reason: 'No.' });
    await step(taken.id, 'acceptance', given.taker);
    await untilStatus(machine, withdrawn.id, 'SUCCEEDED');
    await untilStatus(machine, refused.id, 'SUCCEEDED');
    expect(await statusOf(machine, taken.id)).toBe('RUNNING');
    await step(taken.id, 'closure', given.taker);
    await untilStatus(machine, taken.id, 'SUCCEEDED');
  });

  it('[HND-1] each step repeated, late or out of order does its work once', async () => {
    const given = await parties(1);
    const { id } = await offered(given);
    await waits(id);
    const deps = await depsHere();
    const seen = await look(deps, id);
    const next = { does: seen.does as Due, at: seen.at };
    expect(next.does).toBe('remind');
    await Promise.all(Array.from({ length: 5 }, () => tick(deps, id, next, '')));
    expect((await kindsFor(id, given.taker)).filter((kind) => kind === 'handoff_reminder')).toHaveLength(1);
    const then = clockState(Handoff.parse(await handoffOf(id, given.taker)), new Date());
    expect(then.does).toBe('expire');
    await Promise.all([
      ...Array.from({ length: 5 }, () => tick(deps, id, { does: 'expire', at: then.at }, '')),
      tick(deps, id, next, ''),
    ]);
    await tick(deps, id, { does: 'expire', at: then.at }, '');
    expect(await typesOf(`handoff/${id}`)).toEqual(['opened', 'offered', 'reminded', 'expired', 'escalated']);
    expect(await kindsFor(id, given.giver)).toEqual(['handoff_ended']);
    await untilStatus(machine, id, 'SUCCEEDED');
    // Waiting for what is over already, a workflow is woken at once, and one that has ended needs no waking.
    const woken: string[] = [];
    const answer = async (token: string) => void woken.push(token);
    await awaitChange({ ...deps, workflow: { answer } }, id, next, 'late');
    expect(woken).toEqual(['late']);
    const late = { step: 'wait', handoff_id: id, ...next, token: (await waits(id)).token };
    expect(await invoke('handoffs-steps', late)).not.toHaveProperty('error');
    expect(await typesOf(`handoff/${id}`)).toHaveLength(5);
  });

  it('[HND-3] an acceptance at the very deadline and the end of the time: one of them holds', async () => {
    const given = await parties(2);
    const { id } = await walkedThrough(given);
    const deps = await depsHere();
    const handoff = Handoff.parse(await handoffOf(id, given.taker));
    const remind = { does: 'remind' as const, at: handoff.reminder_at ?? '' };
    await tick(deps, id, remind, '');
    const [taken] = await Promise.all([
      step(id, 'acceptance', given.taker),
      tick(deps, id, { does: 'expire', at: handoff.deadline ?? '' }, ''),
    ]);
    const { phase } = await handoffOf(id, given.taker);
    expect(phase).toBe(taken.status === 200 ? 'support' : 'expired');
    const owner = taken.status === 200 ? given.to.team : given.from.team;
    for (const task of given.tasks) expect(await taskOf(task)).toMatchObject({ team: owner, handoff_id: null });
  });
});

describe('a clock that stands still', () => {
  it('[HND-1] is found by the sweeper, which does what was due and starts another', { timeout: 120_000 }, async () => {
    // So slow that no workflow does anything by itself.
    await withClocks(1_000, async () => {
      const given = await parties(2);
      const [first = '', second = ''] = given.tasks;
      const young = await opened({ ...given, tasks: [first] });
      const half = await opened({ ...given, tasks: [second] }, { terms: { prepare_seconds: 3_600 } });
      for (const { id } of [young, half]) await waits(id);
      await stop(machine, half.id);
      const later = addSeconds(new Date(), 1_800 + 301);
      const rescued = await rescueHandoffs(await depsHere(() => later), later);
      expect(rescued).toContain(half.id);
      expect(rescued).not.toContain(young.id);
      expect(await typesOf(`handoff/${half.id}`)).toEqual(['opened', 'reminded']);
      await untilStatus(machine, `${half.id}-2`, 'RUNNING');
      expect(await step(half.id, 'withdrawal', given.giver, { reason: 'Done.' })).toMatchObject({ status: 200 });
      await untilStatus(machine, `${half.id}-2`, 'SUCCEEDED');
    });
  });

  it('[HND-3] is found where it is deployed, and lets expire what is over', { timeout: 120_000 }, async () => {
    await withClocks(1_000, async () => {
      const given = await parties(1);
      const past = await handoffsHere({ now: () => addSeconds(new Date(), -2 * 3_600) });
      const body = {
        tasks: given.tasks,
        to: { team: given.to.team, recipient: given.taker },
        terms: { prepare_seconds: 3_600 },
      };
      const { body: handoff } = await ask(past, 'POST', '/handoffs', { as: given.giver, body });
      const { error, answer } = await invoke('handoffs-sweeper', {});
      expect(error).toBeUndefined();
      expect(answer.rescued).toBeGreaterThan(0);
      expect(await typesOf(`handoff/${handoff.id}`)).toEqual(['opened', 'expired', 'escalated']);
      expect(await taskOf(given.tasks[0] ?? '')).toMatchObject({ team: given.from.team, handoff_id: null });
    });
  });
});

it('[HND-1] [AUD-2] the whole state agrees with the whole ledger after all clocks', async () => {
  const { compared, found } = await discrepancies();
  expect(compared).toBeGreaterThan(100);
  expect(found).toEqual([]);
});
