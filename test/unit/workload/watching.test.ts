import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../functions/shared/clock.ts';
import { expireAsTheyEnd } from '../../../functions/workload/watching.ts';
import { at } from './fixtures.ts';
import { agents, type WorkloadWorld, workloadWorld } from './world.ts';

const worker = agents[0];
const task = { title: 'Work', description: '', team: 'checkout', required_skills: [], topic: null, priority: 'normal' };
const terms = { favour: 'balanced', classification: 'internal', estimate_minutes: 30, due_at: null, budget: {} };

async function claimed(world: WorkloadWorld, id: string): Promise<void> {
  await world.ask('createTask', worker, undefined, { ...task, ...terms, review_required: false, id });
  await world.ask('claimTask', worker, id);
}

/** Watches with a clock that waiting moves on; `meanwhile` happens before each wait. */
function watched(world: WorkloadWorld, meanwhile: () => Promise<unknown> = async () => undefined) {
  const waits: number[] = [];
  const wait = async (milliseconds: number): Promise<void> => {
    await meanwhile();
    waits.push(milliseconds);
    world.clock.now = addSeconds(world.clock.now, milliseconds / 1_000);
  };
  return { waits, ended: expireAsTheyEnd({ ...world.following, wait }, 40) };
}

describe('the watch over leases', () => {
  it('[WRK-4] ends each claim as its lease runs out, and is over when none ends soon', async () => {
    const world = await workloadWorld(60);
    await claimed(world, 'tsk_0');
    world.clock.now = at(20);
    await claimed(world, 'tsk_1');
    world.clock.now = at(45);
    const { waits, ended } = watched(world);
    expect(await ended).toEqual(['tsk_0', 'tsk_1']);
    expect(waits).toEqual([15_001, 20_000]);
    const [first, second] = await world.port.tasks(['tsk_0', 'tsk_1']);
    expect([first?.updated_at, second?.updated_at]).toEqual([at(60.001), at(80.001)].map((time) => time.toISOString()));
  });

  it('[WRK-4] does not wait while every lease has long to go', async () => {
    const world = await workloadWorld(60);
    await claimed(world, 'tsk_0');
    const { waits, ended } = watched(world);
    expect([await ended, waits]).toEqual([[], []]);
  });

  it('[WRK-4] leaves a claim that is renewed before its lease ends', async () => {
    const world = await workloadWorld(60);
    await claimed(world, 'tsk_0');
    world.clock.now = at(30);
    const beat = () => world.ask('renewLease', worker, 'tsk_0', { token: 1, progress: null });
    const { ended } = watched(world, beat);
    expect(await ended).toEqual([]);
    expect((await world.port.task('tsk_0'))?.state).toBe('claimed');
  });
});
