import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Handoff, packageParts } from '../../../functions/handoffs/contract.ts';
import { nextTick } from '../../../functions/handoffs/clock-model.ts';
import { isOpen } from '../../../functions/handoffs/model.ts';
import { acceptHandoff } from '../../../functions/handoffs/operations/accept-handoff.ts';
import { agreeExpectations } from '../../../functions/handoffs/operations/agree-expectations.ts';
import { answerQuestion } from '../../../functions/handoffs/operations/answer-question.ts';
import { askQuestion } from '../../../functions/handoffs/operations/ask-question.ts';
import { changePackage } from '../../../functions/handoffs/operations/change-package.ts';
import { closeHandoff } from '../../../functions/handoffs/operations/close-handoff.ts';
import { confirmPart } from '../../../functions/handoffs/operations/confirm-part.ts';
import { offerHandoff } from '../../../functions/handoffs/operations/offer-handoff.ts';
import { openHandoff } from '../../../functions/handoffs/operations/open-handoff.ts';
import { refuseHandoff } from '../../../functions/handoffs/operations/refuse-handoff.ts';
import { scheduleMeeting } from '../../../functions/handoffs/operations/schedule-meeting.ts';
import { withdrawHandoff } from '../../../functions/handoffs/operations/withdraw-handoff.ts';
import { tick } from '../../../functions/handoffs/operations/keep-clock.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';
import { Problem } from '../../../functions/shared/errors.ts';
import { aNewHandoff, aWorld, people, type TestWorld } from './world.ts';

const tasks = ['T-1', 'T-2', 'T-3'];
const part = fc.constantFrom(...packageParts);
const as = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('agt_giver', 'agt_taker') },
  { weight: 1, arbitrary: fc.constantFrom(...people.map(({ id }) => id)) },
);
const text = fc.constantFrom('By Friday', 'By Monday');
const steps = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('offer' as const), as }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('confirm' as const), as, part }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('agree' as const), as, text }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ask' as const), as }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('answer' as const), as, number: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const), as, text }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('move' as const), as, hours: fc.integer({ min: 1, max: 30 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('accept' as const), as }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('refuse' as const, 'withdraw' as const, 'close' as const), as }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 900 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const) }) },
);
type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;

/** Takes a step; what was refused changes nothing, which the invariants show. */
async function take(world: TestWorld, id: string, step: Step): Promise<void> {
  const to = (more: { body?: unknown; more?: Record<string, unknown> } = {}) => ({ id, ...more });
  switch (step.kind) {
    case 'offer':
      return void (await world.step(offerHandoff, step.as, to()));
    case 'confirm':
      return void (await world.step(
        confirmPart,
        step.as,
        to({ body: { part: step.part, understanding: 'So it is' } }),
      ));
    case 'agree':
      return void (await world.step(agreeExpectations, step.as, to({ body: { text: step.text } })));
    case 'ask':
      return void (await world.step(askQuestion, step.as, to({ body: { part: null, question: 'Why?' } })));
    case 'answer':
      return void (await world.step(
        answerQuestion,
        step.as,
        to({ body: { answer: 'So.' }, more: { question: step.number } }),
      ));
    case 'change':
      return void (await world.step(changePackage, step.as, to({ body: { current_state: step.text } })));
    case 'move': {
      const body = { at: addSeconds(world.now(), step.hours * 3_600).toISOString(), minutes: 30, agenda: [] };
      return void (await world.step(scheduleMeeting, step.as, to({ body })));
    }
    case 'accept':
      return void (await world.step(acceptHandoff, step.as, to()));
    case 'refuse':
      return void (await world.step(refuseHandoff, step.as, to({ body: { reason: 'No' } })));
    case 'withdraw':
      return void (await world.step(withdrawHandoff, step.as, to({ body: { reason: 'No' } })));
    case 'close':
      return void (await world.step(closeHandoff, step.as, to()));
    case 'pass':
      return world.pass(step.minutes * 60);
    case 'tick': {
      const due = nextTick(await world.handoff(id));
      if (due && new Date(due.at) <= world.now()) await tick(world.deps, id, due, '');
    }
  }
}

/** What must have been true of a handoff for it to be accepted. */
function expectFinished(before: Handoff, step: Step, now: Date, understood: ReadonlyMap<string, string>): void {
  expect(step).toMatchObject({ kind: 'accept', as: 'agt_taker' });
  expect(before.phase).toBe('meeting');
  expect(new Date(before.deadline ?? 0) > now).toBe(true);
  // Each part was confirmed as it reads now.
  for (const one of packageParts) expect(understood.get(one)).toBe(JSON.stringify(before.package[one]));
  expect(before.questions.every(({ answered_at }) => answered_at !== null)).toBe(true);
  // Each side agreed to this very text by somebody who speaks for it.
  const { handing, receiving } = before.expectations ?? {};
  expect(['agt_giver', 'agt_second', 'orc_product']).toContain(handing);
  expect(['agt_taker', 'agt_helper', 'orc_platform']).toContain(receiving);
}

async function course(all: readonly Step[]): Promise<{ accepted: boolean; phase: string }> {
  const world = aWorld();
  for (const task of tasks) await world.addTask(task);
  await world.addLoad('agt_second');
  await world.claim('T-2', 'agt_second');
  const body = aNewHandoff(tasks, { expectations: 'By Friday' });
  const { id } = await world.step(openHandoff, 'agt_giver', { body });
  const understood = new Map<string, string>();
  for (const step of all) {
    const before = await world.handoff(id);
    try {
      await take(world, id, step);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
    const after = await world.handoff(id);
    if (step.kind === 'confirm' && after.version > before.version)
      understood.set(step.part, JSON.stringify(after.package[step.part]));
    if (before.accepted_at === null && after.accepted_at !== null)
      expectFinished(before, step, world.now(), understood);
    // What is over stays as it is.
    if (!isOpen(before)) expect(after).toEqual(before);
    const now = await Promise.all(tasks.map(world.task));
    const moved = after.accepted_at !== null;
    for (const task of now) {
      expect(task.team).toBe(moved ? 'beta' : 'alpha');
      expect(task.handoff_id).toBe(!moved && isOpen(after) ? id : null);
      expect(task.holding === null).toBe(moved || task.id !== 'T-2');
    }
    const sequences = world.state.entries.filter(({ subject }) => subject === `handoff/${id}`);
    expect(sequences.map(({ sequence }) => sequence)).toEqual(Array.from({ length: after.version }, (_, at) => at + 1));
    expect((after.escalated !== null) === (after.phase === 'refused' || after.phase === 'expired')).toBe(true);
  }
  const { accepted_at, phase } = await world.handoff(id);
  return { accepted: accepted_at !== null, phase };
}

it('[HND-3] [HND-1] no course of steps moves a task but an acceptance of what was wholly walked through', async () => {
  const phases = new Map<string, number>();
  // Courses that go the way of most of them, disturbed by whatever comes in between.
  const walk: Step[] = [
    { kind: 'offer', as: 'agt_giver' },
    ...packageParts.map((one) => ({ kind: 'confirm' as const, as: 'agt_taker', part: one })),
    { kind: 'agree', as: 'agt_taker', text: 'By Friday' },
    { kind: 'accept', as: 'agt_taker' },
  ];
  const disturbed = fc.array(fc.array(steps, { maxLength: 2 }), { minLength: walk.length, maxLength: walk.length });
  const courses = fc.oneof(
    fc.array(steps, { maxLength: 60 }),
    disturbed.map((between) => walk.flatMap((step, at) => [step, ...(between[at] ?? [])])),
  );
  await fc.assert(
    fc.asyncProperty(courses, async (all) => {
      const { phase } = await course(all);
      phases.set(phase, (phases.get(phase) ?? 0) + 1);
    }),
    { numRuns: 200 },
  );
  // A property of courses that never get anywhere would say nothing.
  for (const phase of ['prepare', 'meeting', 'support', 'refused', 'withdrawn'])
    expect(phases.get(phase), phase).toBeGreaterThan(0);
});

it('[HND-3] moves twelve tasks that twelve agents hold in one transaction, with room for its answer', async () => {
  const world = aWorld();
  const all = Array.from({ length: 12 }, (_, at) => `T-${at}`);
  // The same two agents hold them: a transaction takes the record of each load once.
  for (const agent of ['agt_giver', 'agt_second', 'agt_helper']) await world.addLoad(agent);
  for (const [at, id] of all.entries()) {
    await world.addTask(id);
    await world.claim(id, at % 2 === 0 ? 'agt_giver' : 'agt_second');
  }
  const body = aNewHandoff(all, { assignee: 'agt_helper', expectations: 'By Friday' });
  const { id } = await world.step(openHandoff, 'agt_giver', { body });
  await world.step(offerHandoff, 'agt_giver', { id });
  for (const one of packageParts)
    await world.step(confirmPart, 'agt_taker', { id, body: { part: one, understanding: 'So it is' } });
  await world.step(agreeExpectations, 'agt_taker', { id, body: { text: 'By Friday' } });
  const before = world.state.entries.length;
  let writes = 0;
  world.state.onWrite = () => {
    writes += 1;
  };
  await world.step(acceptHandoff, 'agt_taker', { id });
  const made = world.state.entries.slice(before);
  const rows = made.reduce((sum, { related_tasks = [] }) => sum + 1 + related_tasks.length, 0);
  // As many agents as tasks would be ten more loads; and the answer is remembered beside all of it.
  expect(writes + rows + 10 + 1 + 1).toBeLessThanOrEqual(100);
  for (const task of await Promise.all(all.map(world.task)))
    expect(task).toMatchObject({ team: 'beta', assignee: 'agt_helper', holding: null, state: 'queued' });
  const load = (agent: string) => world.state.rows.get(`workload#agent#${agent} load`);
  expect(load('agt_helper')).toMatchObject({ queued: 12, working: 0, free: 8 });
});
