import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClaimEnd, type Lease, type Task, TaskState } from '../../../functions/workload/contract.ts';
import {
  afterClaim,
  decideClaim,
  isOver,
  loadMoves,
  revised,
  tokenFault,
  withBlocker,
  withoutBlocker,
} from '../../../functions/workload/model.ts';
import { aLoad, aTask, at, start } from './fixtures.ts';

const aBlocker = (n: number) => ({ dependency_id: `dep_${n}`, task_id: `tsk_${n}` });

const aLease = (more: Partial<Lease> = {}): Lease => ({
  task_id: 'tsk_1',
  version: 1,
  agent: 'agt_1',
  token: 1,
  domain: 'product',
  team: 'checkout',
  claimed_at: start.toISOString(),
  expires_at: at(60).toISOString(),
  progress: null,
  reservation: { state: 'reserved', amounts: {}, expires_at: at(60).toISOString(), charges: [] },
  ...more,
});

const held = (more: Partial<Task> = {}): Task =>
  aTask({
    state: 'claimed',
    holding: { agent: 'agt_1', token: 1, claimed_at: start.toISOString() },
    fence: 1,
    attempts: 1,
    version: 2,
    ...more,
  });

const claimantOf = (load = aLoad()) => ({ agent: load.agent, team: load.team, skills: load.skills, load });
const why = (decision: { kind: string; why?: string }): string => decision.why ?? decision.kind;

describe('a claim', () => {
  it('[WRK-3] takes a task that waits, with a token above all before it', () => {
    const task = aTask({ fence: 7, attempts: 3 });
    expect(decideClaim(task, undefined, claimantOf(), at(5))).toMatchObject({
      kind: 'claim',
      next: {
        state: 'claimed',
        fence: 8,
        attempts: 4,
        version: 2,
        started_at: at(5).toISOString(),
        holding: { agent: 'agt_1', token: 8, claimed_at: at(5).toISOString() },
      },
    });
  });

  it('[WRK-4] takes what somebody holds as soon as the lease is over, not before; nobody waits for a sweep', () => {
    const other = claimantOf(aLoad({ agent: 'agt_2' }));
    const task = held({ assignee: 'agt_1' });
    expect(why(decideClaim(task, aLease(), other, at(59)))).toBe('TaskClaimed');
    expect(decideClaim(task, aLease(), other, at(60))).toMatchObject({
      kind: 'claim',
      next: { fence: 2, assignee: null, holding: { agent: 'agt_2', token: 2 } },
    });
    expect(why(decideClaim(task, undefined, other, at(600))), 'no lease was read').toBe('TaskClaimed');
  });

  it.each([
    ['TaskBlocked', aTask({ state: 'blocked', blocked_by: [aBlocker(1)] }), aLoad()],
    ['TaskNotOpen', aTask({ state: 'review' }), aLoad()],
    ['TaskNotOpen', aTask({ state: 'done' }), aLoad()],
    ['AssignedToAnother', aTask({ assignee: 'agt_9' }), aLoad()],
    ['OutsideOwnTeam', aTask({ team: 'catalog' }), aLoad()],
    ['SkillMissing', aTask({ required_skills: [{ name: 'typescript', proficiency: 4 }] }), aLoad()],
    ['CapacityReached', aTask(), aLoad({ working: 3 })],
    ['CapacityReached', aTask(), aLoad({ working: 1, queued: 2 })],
    ['claim', aTask({ assignee: 'agt_1' }), aLoad({ working: 1, queued: 2 })],
    ['claim', aTask({ assignee: 'agt_1', team: 'catalog' }), aLoad({ queued: 1 })],
    ['CapacityReached', aTask({ assignee: 'agt_1' }), aLoad({ working: 3, queued: 1 })],
  ])('[WRK-3] is answered with %s where that is so', (expected, task, load) => {
    expect(why(decideClaim(task, undefined, claimantOf(load), start))).toBe(expected);
  });
});

describe('a token', () => {
  it('[WRK-3] passes for the agent and the token of the live claim alone', () => {
    const token = fc.integer({ min: 1, max: 5 });
    const agent = fc.constantFrom('agt_1', 'agt_2');
    fc.assert(
      fc.property(token, agent, token, agent, (live, holder, shown, by) => {
        const fault = tokenFault(aLease({ agent: holder, token: live }), by, shown);
        expect(fault === undefined).toBe(live === shown && holder === by);
        expect(fault?.why ?? 'StaleToken').toBe('StaleToken');
        expect(tokenFault(undefined, by, shown)?.why).toBe('StaleToken');
      }),
    );
  });
});

describe('the end of a claim', () => {
  const ends = fc.constantFrom(...ClaimEnd.values);

  it('[WRK-4] leaves nobody holding the task, and a fence that never falls', () => {
    fc.assert(
      fc.property(ends, fc.boolean(), fc.integer({ min: 1, max: 9 }), (end, review_required, fence) => {
        const task = held({ review_required, fence });
        const after = afterClaim(task, end, at(10));
        expect(after).toMatchObject({ holding: null, worked_by: 'agt_1', version: 3 });
        const isForced = ['expired', 'reassigned', 'handed_over', 'cancelled'].includes(end);
        expect(after.fence).toBe(isForced ? fence + 1 : fence);
        expect(after.ended_at === null).toBe(!isOver(after));
      }),
    );
  });

  it.each([
    ['completed', false, 'done'],
    ['completed', true, 'review'],
    ['submitted', false, 'review'],
    ['failed', true, 'failed'],
    ['cancelled', true, 'cancelled'],
    ['released', true, 'queued'],
    ['expired', false, 'queued'],
    ['reassigned', false, 'queued'],
    ['handed_over', false, 'queued'],
  ] as const)('[WRK-1] by %s, review asked for: %s, is %s', (end, review_required, state) => {
    expect(afterClaim(held({ review_required }), end, at(10)).state).toBe(state);
  });
});

describe('a dependency in the way', () => {
  it('[WRK-1] blocks what waits until the last one is gone, and nothing else', () => {
    const first = withBlocker(aTask(), aBlocker(1), at(1));
    if (first.kind === 'refuse') throw new Error(first.why);
    const second = withBlocker(first.next, aBlocker(2), at(2));
    if (second.kind === 'refuse') throw new Error(second.why);
    expect(second.next).toMatchObject({ state: 'blocked', version: 3 });
    const one = withoutBlocker(second.next, 'dep_1', at(3));
    expect(one).toMatchObject({ state: 'blocked', version: 4 });
    expect(withoutBlocker(one as Task, 'dep_1', at(4))).toBeUndefined();
    const none = withoutBlocker(one as Task, 'dep_2', at(5));
    expect(none).toMatchObject({ state: 'queued', blocked_by: [], queued_at: at(5).toISOString() });
    for (const state of [...TaskState.values].filter((value) => value !== 'queued' && value !== 'blocked')) {
      expect(why(withBlocker(aTask({ state }), aBlocker(1), at(6)))).toBe('TaskNotOpen');
    }
    const many = aTask({ state: 'blocked', blocked_by: Array.from({ length: 20 }, (_, n) => aBlocker(n)) });
    expect(why(withBlocker(many, aBlocker(20), at(7)))).toBe('DependencyGraphTooLarge');
  });
});

describe('the load that a change moves', () => {
  const agent = fc.constantFrom(null, 'agt_1', 'agt_2', 'agt_3');
  const shapes = fc.record({ state: fc.constantFrom(...TaskState.values), assignee: agent, holder: agent });
  const shaped = ({
    state,
    assignee,
    holder,
  }: {
    state: TaskState;
    assignee: string | null;
    holder: string | null;
  }) => {
    const isHeld = state === 'claimed' || state === 'running';
    const holding = isHeld ? { agent: holder ?? 'agt_1', token: 1, claimed_at: start.toISOString() } : null;
    return aTask({ state, assignee, holding });
  };

  it('[WRK-2] adds up: what a history moves is what its last task says, and a change of nothing moves nothing', () => {
    fc.assert(
      fc.property(fc.array(shapes, { minLength: 1, maxLength: 12 }), (all) => {
        const history = all.map(shaped);
        const sums = new Map<string, { working: number; queued: number }>();
        for (const [n, task] of history.entries()) {
          for (const [id, { working, queued }] of loadMoves(history[n - 1], task)) {
            const sum = sums.get(id) ?? { working: 0, queued: 0 };
            sums.set(id, { working: sum.working + working, queued: sum.queued + queued });
          }
        }
        const last = history.at(-1) as Task;
        for (const id of ['agt_1', 'agt_2', 'agt_3']) {
          const waits = (last.state === 'queued' || last.state === 'blocked') && last.assignee === id;
          const expected = { working: last.holding?.agent === id ? 1 : 0, queued: waits ? 1 : 0 };
          expect(sums.get(id) ?? { working: 0, queued: 0 }).toEqual(expected);
        }
        expect(loadMoves(last, revised(last, { title: 'Another' }, at(1))).size).toBe(0);
      }),
    );
  });
});
