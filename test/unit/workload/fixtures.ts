import fc, { type Arbitrary } from 'fast-check';
import { NewTask, type Task } from '../../../functions/workload/contract.ts';
import { type AgentLoad, idle } from '../../../functions/workload/load-model.ts';
import { newTask } from '../../../functions/workload/model.ts';

export const start = new Date('2026-11-26T10:00:00.000Z');
export const at = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

/** A task that waits in the queue of `checkout`, in the domain `product`. */
export const aTask = (more: Partial<Task> = {}): Task => ({
  ...newTask(NewTask.parse({ title: 'Raise the connection pool' }), {
    id: 'tsk_1',
    domain: 'product',
    team: 'checkout',
    createdBy: 'agt_0',
    now: start,
  }),
  ...more,
});

/** An agent of `checkout` that has nothing to do. */
export const aLoad = (more: Partial<AgentLoad> = {}): AgentLoad => {
  const skills = [{ name: 'typescript', proficiency: 3 }];
  const given = { id: 'agt_1', domain: 'product', team: 'checkout', skills, capacity: 3, status: 'active' as const };
  const load = { ...idle(given), ...more };
  const slots = load.capacity - load.working;
  return { ...load, slots, free: slots - load.queued, ...more };
};

const names = ['typescript', 'go', 'sql'];
const proficiency = fc.integer({ min: 1, max: 5 });
const skills = fc.uniqueArray(fc.record({ name: fc.constantFrom(...names), proficiency }), {
  selector: ({ name }) => name,
});
const few = fc.nat({ max: 20 });

/** Agents of any kind, some of them no candidates; each with an id of its own. */
export const loads: Arbitrary<AgentLoad[]> = fc
  .array(
    fc.record({
      domain: fc.constantFrom('product', 'product', 'platform'),
      team: fc.constantFrom('checkout', 'catalog'),
      skills,
      capacity: fc.integer({ min: 1, max: 5 }),
      status: fc.constantFrom('active', 'active', 'active', 'paused', 'contained', 'retired'),
      reachable: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      working: fc.nat({ max: 4 }),
      queued: fc.nat({ max: 3 }),
      done: few,
      failed: few,
      revised: few,
      estimated_minutes: fc.nat({ max: 5_000 }),
      spent_minutes: fc.nat({ max: 5_000 }),
      recent: fc.array(fc.constantFrom('checkout-api', 'billing'), { maxLength: 10 }),
    }),
    { maxLength: 30 },
  )
  .map((all) => all.map((one, n) => aLoad({ ...one, agent: `agt_${n}` })));

export const tasks: Arbitrary<Task> = fc
  .record({
    required_skills: skills,
    topic: fc.constantFrom(null, 'checkout-api', 'billing'),
    favour: fc.constantFrom('balanced', 'quality', 'speed'),
    team: fc.constantFrom('checkout', 'catalog'),
  })
  .map((more) => aTask(more as Partial<Task>));
