import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { messagesAbout } from '../support/approvals.ts';
import { discrepancies } from '../support/consistency.ts';
import {
  accepted,
  handoffOf,
  offered,
  opened,
  parties,
  type Parties,
  step,
  typesOf,
  walkedThrough,
} from '../support/handoffs.ts';
import { Crash, type Fault, faultyClient } from '../support/in-process.ts';
import { itemsOf } from '../support/ledger.ts';
import { enterpriseOrchestrator, orchestratorOf } from '../support/organization.ts';
import { type ApiHandler, ask, handoffsHere, workloadHere } from '../support/slices.ts';
import { act, aTask, claimed, taskOf } from '../support/tasks.ts';
import { heldBackClient, togetherClient } from '../support/together.ts';
import { call, importExample, type Reply, world } from '../support/world.ts';

const kindsFor = async (id: string, owner: string): Promise<string[]> =>
  (await messagesAbout(`handoff/${id}`, owner)).map(({ kind }) => kind as string);
const tasksOf = ({ tasks }: Pick<Parties, 'tasks'>): Promise<Reply['body'][]> => Promise.all(tasks.map(taskOf));
const loadOf = async (agent: string) =>
  (await world().state.getMany([{ pk: `workload#agent#${agent}`, sk: 'load' }]))[0];
const pastClaims = async (task: string) =>
  (await world().state.query({ partition: ['pk', `workload#task#${task}`], sort: { name: 'sk', prefix: 'claim#' } }))
    .items;
/** The same parties with other tasks. */
const withNewTasks = async (given: Parties, count = given.tasks.length): Promise<Parties> => {
  const tasks = await Promise.all(Array.from({ length: count }, () => aTask(given.from.team)));
  return { ...given, tasks };
};

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('an acceptance', () => {
  it('[HND-3] moves every task at once, and what the old owner shows is below the fence', async () => {
    const given = await parties(3);
    const [held = '', done = '', waiting = ''] = given.tasks;
    const token = await claimed(given.giver, held);
    const finished = await claimed(given.giver, done);
    const handoff = await walkedThrough(given, { assignee: given.to.agents[1] });
    await act(given.giver, done, 'completion', { token: finished, result: 'Done.' });
    expect(await loadOf(given.giver)).toMatchObject({ working: 1 });
    expect(await step(handoff.id, 'acceptance', given.taker)).toMatchObject({ status: 200 });
    const helper = given.to.agents[1] ?? '';
    expect(await tasksOf(given)).toMatchObject([
      { id: held, team: given.to.team, state: 'queued', assignee: helper, holding: null, handoff_id: null },
      { id: done, team: given.to.team, state: 'done', handoff_id: null },
      { id: waiting, team: given.to.team, state: 'queued', assignee: helper },
    ]);
    expect(await pastClaims(held)).toMatchObject([{ end: 'handed_over', token, agent: given.giver }]);
    expect(await loadOf(given.giver)).toMatchObject({ working: 0, slots: 3 });
    expect(await loadOf(helper)).toMatchObject({ queued: 2, working: 0 });
    for (const [action, body] of [
      ['heartbeats', { token }],
      ['completion', { token, result: 'Late.' }],
    ] as const)
      expect(await act(given.giver, held, action, body), action).toMatchObject({
        status: 409,
        body: { code: 'StaleToken' },
      });
    expect((await act(given.giver, held, 'claims')).status).toBeGreaterThanOrEqual(403);
    expect(await claimed(helper, held)).toBeGreaterThan(token);
    expect(await kindsFor(handoff.id, helper)).toEqual(['task_assigned']);
    expect(await kindsFor(handoff.id, given.giver)).toEqual(['handoff_ended']);
    const entry = (await itemsOf(`task/${waiting}`)).at(-1);
    expect(entry?.event).toMatchObject({
      type: 'orchestra.task.transferred.v1',
      data: { from_team: given.from.team, concerns: ['platform', 'product'] },
    });
  });

  it('[HND-4] says what it took since the offer and since the beginning', async () => {
    const given = await parties(1);
    const handoff = await accepted(given);
    const { opened_at, offered_at, accepted_at, delay } = await handoffOf(handoff.id, given.taker);
    const seconds = (from: string): number => Math.round((Date.parse(accepted_at) - Date.parse(from)) / 1000);
    const expected = { since_opened_seconds: seconds(opened_at), since_offered_seconds: seconds(offered_at) };
    expect(delay).toEqual(expected);
    const entry = (await itemsOf(`handoff/${handoff.id}`)).at(-1);
    expect(entry?.event).toMatchObject({ type: 'orchestra.handoff.accepted.v1', data: expected });
  });

  it('[HND-3] leaves the tasks to the team where their assignee was stopped meanwhile', async () => {
    const given = await parties(1);
    const helper = given.to.agents[1] ?? '';
    const handoff = await walkedThrough(given, { assignee: helper });
    const { body: agent } = await call('GET', `/agents/${helper}`, { as: 'hum_operator' });
    const paused = { as: 'hum_operator', body: { status: 'paused' }, headers: { 'if-match': `"v${agent.version}"` } };
    expect(await call('PATCH', `/agents/${helper}`, paused)).toMatchObject({ status: 200 });
    expect(await step(handoff.id, 'acceptance', given.taker)).toMatchObject({ status: 200 });
    expect(await tasksOf(given)).toMatchObject([{ team: given.to.team, assignee: null, state: 'queued' }]);
  });
});

describe('a handoff that does not come about', () => {
  it('[HND-3] leaves its tasks where they are, and a refusal is told to the enterprise across domains', async () => {
    const given = await parties();
    const [held = ''] = given.tasks;
    const token = await claimed(given.giver, held);
    const handoff = await offered(given);
    const refused = await step(handoff.id, 'refusal', given.taker, { reason: 'No room this week.' });
    expect(refused).toMatchObject({
      status: 200,
      body: {
        phase: 'refused',
        ended_by: given.taker,
        escalated: { level: 'enterprise', to: [enterpriseOrchestrator] },
      },
    });
    for (const task of await tasksOf(given)) expect(task).toMatchObject({ team: given.from.team, handoff_id: null });
    expect(await act(given.giver, held, 'heartbeats', { token })).toMatchObject({ status: 200 });
    expect(await kindsFor(handoff.id, enterpriseOrchestrator)).toEqual(['handoff_escalated']);
    expect(await kindsFor(handoff.id, given.giver)).toEqual(['handoff_ended']);
    const entries = await itemsOf(`handoff/${handoff.id}`);
    expect(entries.map(({ event, sequence }) => [sequence, event.type.split('.')[2]])).toEqual([
      [1, 'opened'],
      [2, 'offered'],
      [3, 'refused'],
      [4, 'escalated'],
    ]);
    expect(entries[3]?.event.data).toMatchObject({ level: 'enterprise', reason: 'No room this week.' });
    // They are free for another one.
    expect(await opened(given)).toMatchObject({ body: { phase: 'prepare' } });
  });

  it('[HND-3] within a domain is told to its orchestrator, unless that is a side itself', async () => {
    const given = await parties(1, 'product');
    const first = await offered(given);
    expect(await step(first.id, 'refusal', given.taker, { reason: 'No.' })).toMatchObject({
      body: { escalated: { level: 'domain', to: [orchestratorOf('product')] } },
    });
    const orchestrator = orchestratorOf('product');
    const second = await offered(given, { to: { team: given.to.team } });
    expect(await step(second.id, 'refusal', orchestrator, { reason: 'No.' })).toMatchObject({
      body: { escalated: { level: 'enterprise', to: [enterpriseOrchestrator] } },
    });
    const third = await opened(given);
    const taken = await step(third.id, 'withdrawal', orchestrator, { reason: 'Not needed.' });
    expect(taken).toMatchObject({ status: 200, body: { phase: 'withdrawn', escalated: null } });
    expect(await kindsFor(third.id, given.taker)).toEqual(['handoff_ended', 'handoff_prepared']);
  });

  it('[HND-3] is not accepted after its deadline, whether its clock was heard or not', async () => {
    const given = await parties(1);
    const at = new Date(Date.now() + 60_000).toISOString();
    const handoff = await walkedThrough(given, { meeting: { at }, terms: { accept_seconds: 600 } });
    const late = await handoffsHere({ now: () => new Date(Date.now() + 700_000) });
    const path = `/handoffs/${handoff.id}/acceptance`;
    expect(await ask(late, 'POST', path, { as: given.taker })).toMatchObject({
      status: 409,
      body: { code: 'HandoffClosed' },
    });
    expect(await tasksOf(given)).toMatchObject([{ team: given.from.team }]);
  });
});

describe('many at once', () => {
  it('[HND-3] twenty acceptances and a refusal, all decided before any is written, are one end', async () => {
    const given = await parties(2);
    const { id } = await walkedThrough(given);
    const handler = await handoffsHere({ client: togetherClient(21) });
    const as = given.taker;
    const asked = [
      ...Array.from({ length: 20 }, () => ask(handler, 'POST', `/handoffs/${id}/acceptance`, { as })),
      ask(handler, 'POST', `/handoffs/${id}/refusal`, { as, body: { reason: 'No.' } }),
    ];
    const replies = await Promise.all(asked);
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(20);
    const moved = (await handoffOf(id, as)).phase === 'support';
    const end = moved ? ['accepted'] : ['refused', 'escalated'];
    expect((await typesOf(`handoff/${id}`)).slice(-end.length)).toEqual(end);
    for (const task of await tasksOf(given)) expect(task.team).toBe(moved ? given.to.team : given.from.team);
  });

  it('[HND-3] of handoffs of one task, one is opened', async () => {
    const given = await parties(1);
    const body = { tasks: given.tasks, to: { team: given.to.team, recipient: given.taker } };
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => call('POST', '/handoffs', { as: given.giver, body })),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(replies.filter(({ status }) => status !== 201).map(({ body: { code } }) => code as string))).toEqual(
      new Set(['TaskInHandoff']),
    );
  });

  it('[HND-3] a claim or a completion beside the acceptance: the task is with the new team, and one team works on it', async () => {
    const given = await parties(2);
    const worker = given.from.agents[1] ?? '';
    const seen = new Set<string>();
    for (let round = 0; round < 6; round += 1) {
      const again = await withNewTasks(given);
      const [toClaim = '', toComplete = ''] = again.tasks;
      const token = await claimed(given.giver, toComplete);
      const { id } = await walkedThrough(again, { assignee: null });
      const together = togetherClient(3);
      const [handoffs, workload] = await Promise.all([
        handoffsHere({ client: together }),
        workloadHere({ client: together }),
      ]);
      const [taken, claim, completion] = await Promise.all([
        ask(handoffs, 'POST', `/handoffs/${id}/acceptance`, { as: given.taker }),
        ask(workload, 'POST', `/tasks/${toClaim}/claims`, { as: worker }),
        ask(workload, 'POST', `/tasks/${toComplete}/completion`, { as: given.giver, body: { token, result: 'Done.' } }),
      ]);
      expect(taken.status, JSON.stringify(taken.body)).toBe(200);
      const [first, second] = await tasksOf(again);
      expect(first).toMatchObject({ team: given.to.team, state: 'queued', holding: null });
      expect(second).toMatchObject({ team: given.to.team, state: completion.status === 200 ? 'done' : 'queued' });
      if (claim.status === 201) {
        const { token: old } = claim.body;
        expect(await act(worker, toClaim, 'heartbeats', { token: old })).toMatchObject({
          body: { code: 'StaleToken' },
        });
      }
      seen.add(`claim ${claim.status}, completion ${completion.status}`);
    }
    console.log('beside an acceptance:', [...seen]);
    expect(await loadOf(given.giver)).toMatchObject({ working: 0, queued: 0 });
    expect(await loadOf(worker)).toMatchObject({ working: 0, queued: 0 });
  });

  it('[HND-3] a claim and a completion that were decided before the acceptance and written after it are refused', async () => {
    const given = await parties(2);
    const worker = given.from.agents[1] ?? '';
    const [toClaim = '', toComplete = ''] = given.tasks;
    const token = await claimed(given.giver, toComplete);
    const { id } = await walkedThrough(given, { assignee: null });
    const { client, arrived, release } = heldBackClient(2);
    const workload = await workloadHere({ client });
    const late = [
      ask(workload, 'POST', `/tasks/${toClaim}/claims`, { as: worker }),
      ask(workload, 'POST', `/tasks/${toComplete}/completion`, { as: given.giver, body: { token, result: 'Done.' } }),
    ];
    await arrived;
    expect(await step(id, 'acceptance', given.taker)).toMatchObject({ status: 200 });
    release();
    const [claim, completion] = await Promise.all(late);
    expect(claim).toMatchObject({ status: 403, body: { code: 'OutsideOwnTeam' } });
    expect(completion).toMatchObject({ status: 409, body: { code: 'StaleToken' } });
    for (const task of await tasksOf(given))
      expect(task).toMatchObject({ team: given.to.team, state: 'queued', holding: null, result: null });
    for (const agent of [given.giver, worker]) expect(await loadOf(agent)).toMatchObject({ working: 0, queued: 0 });
  });
});

describe('a crash of the acceptance', () => {
  let given: Parties;
  const crashing = async (fault: Fault): Promise<{ handler: ApiHandler; calls: unknown[] }> => {
    const { client, calls } = faultyClient(fault);
    return { handler: await handoffsHere({ client }), calls };
  };

  beforeAll(async () => {
    given = await parties(2);
  });

  /** Accepts with a fault, then again with the same key: all of it is there, or nothing, and at last all of it, once. */
  async function survives(fault: Fault): Promise<number> {
    const again = await withNewTasks(given);
    await claimed(given.giver, again.tasks[0] ?? '');
    const { id } = await walkedThrough(again);
    const key = randomUUID();
    const accept = ({ handler }: { handler: ApiHandler }) =>
      ask(handler, 'POST', `/handoffs/${id}/acceptance`, { as: given.taker, idempotencyKey: key });
    const first = await crashing(fault);
    await accept(first);
    const { phase } = await handoffOf(id, given.taker);
    const owner = phase === 'support' ? given.to.team : given.from.team;
    for (const task of await tasksOf(again)) expect(task.team).toBe(owner);
    expect((await loadOf(given.giver))?.working).toBe(phase === 'support' ? 0 : 1);
    const second = await accept(await crashing({}));
    expect(second, JSON.stringify(second.body)).toMatchObject({ status: 200, body: { phase: 'support' } });
    for (const task of await tasksOf(again)) expect(task).toMatchObject({ team: given.to.team, assignee: given.taker });
    expect((await typesOf(`handoff/${id}`)).filter((type) => type === 'accepted')).toHaveLength(1);
    return first.calls.length;
  }

  it(
    '[HND-3] before or after any call moves all tasks or none, and the repetition moves them once',
    { timeout: 240_000 },
    async () => {
      const calls = await survives({});
      expect(calls).toBeGreaterThan(5);
      for (let point = 0; point < calls; point += 1) {
        const crash = ({ nth }: { nth: number }) => (nth === point ? new Crash(`call ${point}`) : undefined);
        await survives({ before: crash });
        await survives({ after: crash });
      }
    },
  );
});

it('[HND-3] [AUD-2] the whole state agrees with the whole ledger, handoffs and tasks among it', async () => {
  const { compared, found } = await discrepancies();
  expect(compared).toBeGreaterThan(100);
  expect(found).toEqual([]);
});
