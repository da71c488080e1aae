import { beforeAll, describe, expect, it } from 'vitest';
import { clockDeps } from '../../functions/approvals/clock-deps.ts';
import { moveUp, remindLevel, tellLevel } from '../../functions/approvals/operations/keep-clock.ts';
import { rescueEscalations } from '../../functions/approvals/operations/rescue-escalations.ts';
import { type Workflow, workflowOf } from '../../functions/shared/workflow.ts';
import { directoryStore } from '../../functions/directory/questions.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import { type Escalated, escalated, messagesAbout, voteOn } from '../support/approvals.ts';
import { discrepancies } from '../support/consistency.ts';
import { invoke } from '../support/functions.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { subscribeTo } from '../support/queues.ts';
import { authorityHere } from '../support/in-process.ts';
import { aProposal } from '../support/proposals.ts';
import { approvalsHere, ask, coreHere } from '../support/slices.ts';
import { executionsOf, statusOf, stop, untilStatus, withClocks } from '../support/workflows.ts';
import { call, eventually, importExample, world } from '../support/world.ts';

const agent = agentOf('operations').id;
const domain = orchestratorOf('operations');
const board = humanWith('board_member');
const machine = 'escalation';
const hour = 3600;

const typesOf = async ({ escalation }: Escalated): Promise<string[]> =>
  (await itemsOf(`escalation/${escalation.id}`)).map(({ event }) => event.type.split('.')[2] ?? '');
const kindsFor = async ({ escalation }: Escalated, owner: string): Promise<string[]> =>
  (await messagesAbout(`escalation/${escalation.id}`, owner)).map(({ kind }) => kind as string);
const tokenOf = async ({ escalation }: Escalated) =>
  (await world().state.getMany([{ pk: `approvals#escalation#${escalation.id}`, sk: 'token' }]))[0];
const waits = (asked: Escalated) => eventually('the workflow waits', () => tokenOf(asked));

const machineArn = `arn:aws:states:us-east-1:000000000000:stateMachine:orchestra-local-${machine}`;

async function depsHere(now = (): Date => new Date(), workflow: Workflow = workflowOf(machineArn)) {
  const core = await coreHere({ now });
  return { ...clockDeps(core, directoryStore(core.state), workflow), workflow };
}

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('the clock of an escalation', () => {
  it(
    '[APR-1] tells each level, reminds it at half of its time, moves up at the end, and times out at the top',
    { timeout: 120_000 },
    async () => {
      await withClocks(2 / (24 * hour), async () => {
        const asked = await escalated({ as: agent });
        await untilStatus(machine, asked.escalation.id, 'SUCCEEDED', 90);
        const { body } = await call('GET', `/escalations/${asked.escalation.id}`, { as: board });
        expect(body).toMatchObject({ state: 'timed_out', deciding_level: 'board', round: 2, votes: [] });
        expect(await typesOf(asked)).toEqual([
          'opened',
          'reminded',
          'moved-up',
          'reminded',
          'moved-up',
          'reminded',
          'timed-out',
        ]);
        for (const decider of [domain, enterpriseOrchestrator, board]) {
          expect(await kindsFor(asked, decider), decider).toEqual(['escalation_reminder', 'escalation_waits']);
        }
        expect(await messagesAbout(`escalation/${asked.escalation.id}`, agent)).toMatchObject([
          { kind: 'escalation_ended', approval: { state: 'timed_out', reason: 'No level answered in its time.' } },
        ]);
        const seen = await call('GET', `/decisions/${asked.decision.id}`, { as: agent });
        expect(seen.body).toMatchObject({ verdict: 'escalated', approval: { state: 'timed_out' } });
        expect(await executionsOf(machine, asked.escalation.id)).toEqual([asked.escalation.id]);
      });
    },
  );

  it('[APR-1] has the time of its urgency and of its type', async () => {
    const spans = { low: 72, normal: 24, high: 4, critical: 1 } as const;
    for (const [urgency, hours] of Object.entries(spans)) {
      const { escalation } = await escalated({ as: agent, more: { urgency } });
      const seconds = (at: string): number => (Date.parse(at) - Date.parse(escalation.opened_at)) / 1000;
      expect(seconds(escalation.reminder_at), urgency).toBe((hours * hour) / 2);
      expect(seconds(escalation.level_deadline), urgency).toBe(hours * hour);
    }
  });

  it('[APR-1] ends with a vote, also with one that comes after a level was passed', { timeout: 120_000 }, async () => {
    const asked = await escalated({ as: agent });
    await waits(asked);
    expect(await kindsFor(asked, domain)).toEqual(['escalation_waits']);
    expect(await voteOn(asked, domain)).toMatchObject({ status: 201 });
    await untilStatus(machine, asked.escalation.id, 'SUCCEEDED');
    const late = await escalated({ as: agent });
    await waits(late);
    await moveUp(await depsHere(), late.escalation.id, 0, '');
    expect(await voteOn(late, domain)).toMatchObject({ status: 403, body: { code: 'NotThisLevel' } });
    expect(await voteOn(late, enterpriseOrchestrator)).toMatchObject({ status: 201, body: { state: 'approved' } });
    await untilStatus(machine, late.escalation.id, 'SUCCEEDED');
  });

  it('[APR-4] each step repeated, late or out of order does its work once in its round', async () => {
    const asked = await escalated({ as: agent });
    const { id } = asked.escalation;
    await waits(asked);
    const deps = await depsHere();
    const { traceparent } = continueTrace(undefined);
    await Promise.all(Array.from({ length: 5 }, () => tellLevel(deps, id, traceparent)));
    await Promise.all(Array.from({ length: 5 }, () => remindLevel(deps, id, 0, traceparent)));
    await Promise.all(Array.from({ length: 5 }, () => moveUp(deps, id, 0, traceparent)));
    expect(await remindLevel(deps, id, 0, traceparent)).toMatchObject({ round: 1, reminded: false });
    expect(await kindsFor(asked, domain)).toEqual(['escalation_reminder', 'escalation_waits']);
    await moveUp(deps, id, 1, traceparent);
    await Promise.all(Array.from({ length: 5 }, () => moveUp(deps, id, 2, traceparent)));
    await moveUp(deps, id, 0, traceparent);
    expect(await typesOf(asked)).toEqual(['opened', 'reminded', 'moved-up', 'moved-up', 'timed-out']);
    expect(await kindsFor(asked, agent)).toEqual(['escalation_ended']);
    await untilStatus(machine, id, 'SUCCEEDED');
  });

  it('[APR-1] and a vote at the very deadline: one of them holds', async () => {
    const asked = await escalated({
      as: board,
      type: 'matrix_change',
      more: { resource: { type: 'matrix', id: 'a' } },
    });
    const second = await escalated({ as: enterpriseOrchestrator, type: 'strategic_change' });
    const deps = await depsHere();
    const [vote] = await Promise.all([
      voteOn(second, board),
      moveUp(deps, second.escalation.id, 0, ''),
      moveUp(deps, asked.escalation.id, 0, ''),
    ]);
    const { body } = await call('GET', `/escalations/${second.escalation.id}`, { as: board });
    expect(vote.status === 201 ? 'approved' : 'timed_out').toBe(body.state);
    expect(await kindsFor(second, enterpriseOrchestrator)).toEqual(['escalation_ended']);
    expect((await typesOf(second)).filter((type) => type === 'approved' || type === 'timed-out')).toHaveLength(1);
  });
});

describe('people', () => {
  it('[APR-1] are told what waits for the board, with a link that asks them to sign in, and nothing sensitive', async () => {
    const topic = await subscribeTo(world().output('TopicEscalate'));
    const summary = `Enter the market of ${Date.now()}`;
    const open = await escalated({ as: enterpriseOrchestrator, type: 'strategic_change', more: { summary } });
    const more = { summary, classification: 'sensitive' };
    const secret = await escalated({ as: enterpriseOrchestrator, type: 'strategic_change', more });
    const told = async ({ escalation }: Escalated): Promise<string> =>
      (await topic.until(1, (text) => text.includes(escalation.id)))[0] ?? '';
    expect(await told(open)).toContain(summary);
    expect(await told(secret)).not.toContain(summary);
    const link = /https?:\/\/[^\s"]+/.exec(await told(open))?.[0] ?? '';
    expect(new URL(link).pathname).toMatch(new RegExp(`/v1/escalations/${open.escalation.id}$`));
    const stranger = await fetch(`${world().url}/v1/escalations/${open.escalation.id}`);
    expect(stranger.status).toBe(401);
  });
});

describe('a clock that stands still', () => {
  /** Proposed so many hours ago, and waited for by its workflow. */
  async function aged(hours: number, as: string, runtime: string, type = 'scope_change'): Promise<Escalated> {
    const authority = await authorityHere({ now: () => addSeconds(new Date(), -hours * hour) });
    const proposal = aProposal(type);
    const { body: decision } = await ask(authority, 'POST', '/decisions', { as, runtime, body: proposal });
    const { body: escalation } = await call('GET', `/escalations/${decision.escalation_id}`, { as });
    await waits({ decision, escalation, proposal });
    return { decision, escalation, proposal };
  }

  it('[APR-1] is found by the sweeper, which does what was due and starts another', { timeout: 120_000 }, async () => {
    // So slow that no workflow does anything by itself.
    await withClocks(1_000, async () => {
      const [young, half, late] = await Promise.all(
        [11, 13, 25].map((hours) => aged(hours, agent, 'operations-runtime')),
      );
      if (!young || !half || !late) throw new Error('three were asked for');
      for (const { escalation } of [half, late]) await stop(machine, escalation.id);
      expect(await statusOf(machine, half.escalation.id)).toBe('ABORTED');
      const rescued = await rescueEscalations(await depsHere(), new Date());
      expect(rescued).toEqual(expect.arrayContaining([half.escalation.id, late.escalation.id]));
      expect(rescued).not.toContain(young.escalation.id);
      expect(await Promise.all([young, half, late].map(typesOf))).toEqual([
        ['opened'],
        ['opened', 'reminded'],
        ['opened', 'moved-up'],
      ]);
      for (const one of [half, late]) {
        await untilStatus(machine, `${one.escalation.id}-1`, 'RUNNING');
        expect(await voteOn(one, board, 'reject')).toMatchObject({ status: 201, body: { state: 'rejected' } });
        await untilStatus(machine, `${one.escalation.id}-1`, 'SUCCEEDED');
        expect(await kindsFor(one, agent)).toEqual(['escalation_ended']);
      }
    });
  });

  it(
    '[APR-1] [APR-3] is found where it is deployed, and so is a review that is overdue',
    { timeout: 120_000 },
    async () => {
      // So slow that no workflow does anything by itself.
      await withClocks(1_000, async () => {
        const low = await aged(3 * 24, agent, 'operations-runtime');
        const high = await aged(3 * 24, enterpriseOrchestrator, 'orchestration', 'strategic_change');
        const glass = await escalated({ as: enterpriseOrchestrator, type: 'strategic_change' });
        const { id: escalation_id, request_digest } = glass.escalation;
        const reason = 'Nobody else could be reached that day.';
        const body = { escalation_id, request_digest, reason, minutes: 9 };
        const by = { as: humanWith('operator'), runtime: 'operator', body };
        const review = await ask(
          await approvalsHere({ now: () => addSeconds(new Date(), -8 * 24 * hour) }),
          'POST',
          '/break-glass',
          by,
        );
        expect(review.status, JSON.stringify(review.body)).toBe(201);
        const swept = await invoke('approvals-sweeper', {});
        expect(swept.error, JSON.stringify(swept.answer)).toBeUndefined();
        expect(swept.answer.rescued).toBeGreaterThanOrEqual(2);
        expect(swept.answer.told).toBeGreaterThanOrEqual(1);
        expect(await typesOf(low)).toEqual(['opened', 'moved-up']);
        expect(await typesOf(high)).toEqual(['opened', 'timed-out']);
        expect((await itemsOf(`break-glass/${review.body.id}`)).map(({ sequence }) => sequence)).toEqual([1, 2]);
        await untilStatus(machine, `${low.escalation.id}-1`, 'RUNNING');
        const closure = { finding: 'It was so.', verdict: 'justified' };
        await call('POST', `/break-glass/${review.body.id}/closure`, { as: board, body: closure });
        expect(await voteOn(low, board)).toMatchObject({ status: 201 });
        await untilStatus(machine, high.escalation.id, 'SUCCEEDED');
        // Waiting for what has ended already, a workflow is woken at once.
        const late = { step: 'wait', escalation_id: high.escalation.id, token: (await tokenOf(high))?.token };
        expect(await invoke('approvals-steps', late)).not.toHaveProperty('error');
      });
    },
  );

  it('[AUD-2] after all of them the whole state agrees with the whole ledger', async () => {
    const { compared, found } = await discrepancies();
    expect(compared).toBeGreaterThan(10);
    expect(found).toEqual([]);
  });
});
