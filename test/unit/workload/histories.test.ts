import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../functions/shared/clock.ts';
import { Problem } from '../../../functions/shared/errors.ts';
import { continueTrace } from '../../../functions/shared/trace.ts';
import type { Claim, Task } from '../../../functions/workload/contract.ts';
import { expireLeases, releaseWork } from '../../../functions/workload/following.ts';
import { isOver, tokenFault } from '../../../functions/workload/model.ts';
import { settleClaims } from '../../../functions/workload/redistributing.ts';
import { loadFaults } from '../../support/loads.ts';
import { agents, teams, type Who, type WorkloadWorld, workloadWorld } from './world.ts';

const leaseSeconds = 60;
const ids = ['tsk_0', 'tsk_1', 'tsk_2', 'tsk_3', 'tsk_4', 'tsk_5'];

/** How often each kind of step is taken. */
const weights = {
  claim: 9,
  start: 2,
  beat: 2,
  release: 3,
  complete: 3,
  fail: 1,
  assign: 3,
  cancel: 1,
  accept: 1,
  revise: 2,
  block: 1,
  unblock: 3,
  transfer: 1,
  stop: 1,
  sweep: 2,
  wait: 1,
} as const;
type Kind = keyof typeof weights;
const kinds = Object.keys(weights) as Kind[];
type Step = { do: Kind; task: number; agent: number; other: number; stale: boolean };

const steps: Arbitrary<Step[]> = fc.array(
  fc.record({
    do: fc.oneof(...kinds.map((kind) => ({ weight: weights[kind], arbitrary: fc.constant(kind) }))),
    task: fc.nat({ max: ids.length - 1 }),
    agent: fc.nat({ max: agents.length - 1 }),
    other: fc.nat({ max: 99 }),
    stale: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  }),
  { minLength: 20, maxLength: 80, size: 'max' },
);

type Issued = { task: string; agent: string; token: number };
type History = {
  world: WorkloadWorld;
  issued: Issued[];
  /** As each was seen last. */
  tasks: Map<string, Task>;
};

async function begun(): Promise<History> {
  const world = await workloadWorld(leaseSeconds);
  const owners = ['checkout', 'checkout', 'checkout', 'checkout', 'catalog', 'network'];
  for (const [n, id] of ids.entries()) {
    const body = { title: 'Work', team: owners[n], priority: 'normal', favour: 'balanced', required_skills: [] };
    const rest = { topic: n % 2 === 0 ? 'checkout-api' : null, due_at: null, budget: {}, review_required: n < 3 };
    const texts = { description: '', classification: 'internal', estimate_minutes: 30 };
    await world.ask('createTask', undefined, undefined, { ...body, ...rest, ...texts, id });
  }
  return { world, issued: [], tasks: new Map() };
}

const byHolder: ReadonlySet<Kind> = new Set(['start', 'beat', 'release', 'complete', 'fail']);

/** The task of a step: mostly one that it makes sense for. */
function targetOf({ tasks }: History, { do: kind, task, stale }: Step): string {
  const isApt = ({ state, holding }: Task): boolean =>
    byHolder.has(kind) ? holding !== null : kind === 'accept' || kind === 'revise' ? state === 'review' : true;
  const apt = stale ? ids : [...tasks.values()].filter(isApt).map(({ id }) => id);
  return apt[task % apt.length] ?? ids[0] ?? '';
}

/** Who shows which token: its holder the live one, or an agent any that was ever issued. */
function shown({ issued, tasks }: History, id: string, { stale, agent, other }: Step): { as: Who; token: number } {
  const holding = tasks.get(id)?.holding;
  const holder = agents.find((one) => one.id === holding?.agent);
  if (!stale && holder && holding) return { as: holder, token: holding.token };
  const any = issued[other % Math.max(1, issued.length)];
  return { as: agents[agent] as Who, token: any?.token ?? 1 };
}

async function taken(history: History, step: Step): Promise<void> {
  const { world } = history;
  const id = targetOf(history, step);
  const who = agents[step.agent] as Who;
  const { as, token } = shown(history, id, step);
  const { following } = world;
  switch (step.do) {
    case 'claim': {
      const { token: issued } = (await world.ask('claimTask', who, id)) as Claim;
      history.issued.push({ task: id, agent: who.id, token: issued });
      return;
    }
    case 'start':
      return void (await world.ask('startTask', as, id, { token }));
    case 'beat':
      return void (await world.ask('renewLease', as, id, { token, progress: null }));
    case 'release':
      return void (await world.ask('releaseTask', as, id, { token, reason: 'No time.' }));
    case 'complete':
      return void (await world.ask('completeTask', as, id, { token, result: 'Done.' }));
    case 'fail':
      return void (await world.ask('failTask', as, id, { token, reason: 'Cannot be done.' }));
    case 'assign':
      return void (await world.ask('assignTask', undefined, id, { agent: who.id }));
    case 'cancel':
      return void (await world.ask('cancelTask', undefined, id, { reason: 'Not wanted.' }));
    case 'accept':
    case 'revise':
      return void (await world.ask('reviewTask', undefined, id, { verdict: step.do, reason: 'So.' }));
    case 'stop':
      return void (await releaseWork(following, who.id, 'It is paused.', continueTrace(undefined)));
    case 'sweep':
      await expireLeases(following);
      return void (await settleClaims(following));
    case 'wait':
      world.clock.now = addSeconds(world.clock.now, step.other);
      return;
    case 'block':
    case 'unblock':
    case 'transfer':
      return byOthers(world, id, step);
  }
}

const dependencyOf = ({ other }: Step): string => `dep_00000000-0000-7000-8000-00000000000${other % 3}`;

/** What other slices do with a task. */
async function byOthers({ port, commit, clock }: WorkloadWorld, id: string, step: Step): Promise<void> {
  const [held] = await port.held([id]);
  const task = held?.task;
  if (!held || !task) throw new Error(`no task ${id}`);
  if (step.do === 'block') {
    const blocker = { dependency_id: dependencyOf(step), task_id: 'tsk_0' };
    if (task.blocked_by.some(({ dependency_id }) => dependency_id === blocker.dependency_id)) return;
    const answer = port.blocked(task, blocker, clock.now);
    if (answer.kind === 'blocked') await commit(answer.change);
  } else if (step.do === 'unblock') {
    await commit(port.unblocked(task, dependencyOf(step), clock.now));
  } else {
    const team = Object.keys(teams)[step.other % 3] as keyof typeof teams;
    // Nobody, or an agent of the team that the workload knows.
    const assignee = step.stale ? (agents.slice(0, -1).find((one) => one.team === team)?.id ?? null) : null;
    const to = { domain: teams[team], team, assignee };
    await commit(port.transferred({ task, lease: held.lease }, to, 'hnd_1', clock.now));
  }
}

/** What holds after every step of every history. */
async function expectSound({ world, issued, tasks }: History): Promise<void> {
  const rows = [...world.state.rows.values()];
  expect(loadFaults(rows).found).toEqual([]);
  for (const { task, lease } of await world.port.held(ids)) {
    if (!task) throw new Error('a task is gone');
    const before = tasks.get(task.id);
    tasks.set(task.id, task);
    if (isOver(task)) expect(task.holding).toBeNull();
    if (before && isOver(before)) expect(task.state, 'what is over stays so').toBe(before.state);
    expect(task.fence).toBeGreaterThanOrEqual(before?.fence ?? 0);
    const passing = issued.filter((one) => one.task === task.id && !tokenFault(lease, one.agent, one.token));
    expect(passing).toEqual(task.holding ? [{ task: task.id, agent: task.holding.agent, token: task.fence }] : []);
    expect(sequencesOf(world, task)).toEqual(Array.from({ length: task.version }, (_, n) => n + 1));
  }
}

const sequencesOf = ({ state }: WorkloadWorld, { id }: Task): number[] =>
  state.entries.filter(({ subject }) => subject === `task/${id}`).map(({ sequence }) => sequence);

/** Runs a history; what is refused changes nothing. @returns how often each kind of step was made */
async function run(all: readonly Step[]): Promise<Map<string, number>> {
  const history = await begun();
  const made = new Map<string, number>();
  for (const step of all) {
    const before = history.world.state.entries.length;
    try {
      await taken(history, step);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      expect(history.world.state.entries.length).toBe(before);
      continue;
    }
    made.set(step.do, (made.get(step.do) ?? 0) + 1);
    await expectSound(history);
  }
  return made;
}

describe('any history of tasks', () => {
  it('[WRK-3] [WRK-4] keeps loads, leases and fences as the tasks say, and locks nothing that is over', async () => {
    const total = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        for (const [kind, count] of await run(all)) total.set(kind, (total.get(kind) ?? 0) + count);
      }),
      { numRuns: 150 },
    );
    // A history in which everything is refused proves nothing.
    for (const kind of kinds) expect(total.get(kind) ?? 0, kind).toBeGreaterThan(0);
  });
});
