import type { Agent } from '../../functions/directory/contract.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import type { Item } from '../../functions/shared/dynamo.ts';
import { indexWrites } from '../../functions/workload/candidate-store.ts';
import type { Lease, Task } from '../../functions/workload/contract.ts';
import { NewTask } from '../../functions/workload/contract.ts';
import { idle } from '../../functions/workload/load-model.ts';
import { newTask, revised } from '../../functions/workload/model.ts';
import { writes } from '../../functions/workload/store.ts';
import { agentAt, type Home, itemsOf } from './population.ts';

/** What every task of the bench asks for, so that a domain's candidates are in one place of the index. */
export const ordinary = { required_skills: [{ name: 'typescript', proficiency: 1 }], topic: 'checkout-api' };

const day = 86_400;

/** A task that waits in the queue of a team. */
export function openTask(id: string, { domain, team }: Pick<Home, 'domain' | 'team'>, now: Date): Task {
  const given = NewTask.parse({ title: 'Raise the connection pool', ...ordinary });
  return newTask(given, { id, domain, team, createdBy: 'bench', now });
}

type Work = { task: Task; lease?: Lease };

/** The nth task: of three of a team one waits, one is held by the nth agent, and one is done. */
function workAt(n: number, now: Date): Work {
  const home = agentAt(n);
  const open = openTask(`BENCH-${String(n).padStart(6, '0')}`, home, now);
  const at = now.toISOString();
  const worker = { fence: 1, attempts: 1, started_at: at };
  const turn = Math.floor(n / 6) % 3;
  if (turn === 0) return { task: open };
  if (turn === 1) return { task: revised(open, { ...worker, state: 'done', worked_by: home.id, ended_at: at }, now) };
  const holding = { agent: home.id, token: 1, claimed_at: at };
  const expires_at = addSeconds(now, 2 * day).toISOString();
  const reservation = { state: 'reserved' as const, amounts: {}, expires_at, charges: [] };
  const { domain, team } = home;
  const lease: Lease = {
    task_id: open.id,
    version: 1,
    agent: home.id,
    token: 1,
    domain,
    team,
    claimed_at: at,
    expires_at,
    progress: null,
    reservation,
  };
  return { task: revised(open, { ...worker, state: 'claimed', holding }, now), lease };
}

/** What the workload knows of an agent, and its rows in the index of candidates. */
export function standingItems(agent: Agent, working: number, now: Date): Item[] {
  const { capacity } = agent;
  const load = { ...idle(agent), working, slots: capacity - working, free: capacity - working };
  return itemsOf([writes.newLoad(load), ...indexWrites(load, undefined, now)]);
}

/** The nth task with its lease, and what the workload knows of the nth agent. */
export function workItems(n: number, agent: Agent, now: Date): Item[] {
  const { task, lease } = workAt(n, now);
  const claim = lease ? [writes.lease(lease)] : [];
  return [...itemsOf([writes.create(task), ...claim]), ...standingItems(agent, claim.length, now)];
}

/** A team of its own in the first domain, whose tasks are for nobody else. */
export const crew = { team: 'bench_crew', domain: agentAt(0).domain } as const;
export const crewAgent = (n: number): Home => ({ id: `agt_crew_${String(n).padStart(4, '0')}`, ...crew });
