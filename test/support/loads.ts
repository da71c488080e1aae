import { bare, type Item, type Key } from '../../functions/shared/dynamo.ts';
import type { Lease, Task } from '../../functions/workload/contract.ts';
import { AgentLoad } from '../../functions/workload/load-model.ts';
import { isHeld, isWaiting } from '../../functions/workload/model.ts';
import { keys, leaseFrom, taskFrom } from '../../functions/workload/store.ts';

type Row = Item & Key;

/**
 * Compares what is kept of the load of agents, and the leases, with what the tasks say: an agent works on what it holds, and what
 * waits for it is in its queue; who holds a task has the one lease of it.
 */
export function loadFaults(rows: readonly Row[]): { compared: number; found: string[] } {
  const tasks = rows.filter(({ sk }) => sk === keys.task('').sk).flatMap((row) => taskFrom(row) ?? []);
  const leases = rows.filter(({ sk }) => sk === keys.lease('').sk).flatMap((row) => leaseFrom(row) ?? []);
  const loads = rows.filter(({ pk, sk }) => pk.startsWith('workload#agent#') && sk === keys.load('').sk);
  const known = loads.map((row) => AgentLoad.parse(bare(row)));
  const found = [
    ...known.flatMap((load) => differences(load, tasks)),
    ...unknown(tasks, new Set(known.map(({ agent }) => agent))),
    ...leaseFaults(tasks, leases),
  ];
  return { compared: known.length + tasks.length, found };
}

function differences(load: AgentLoad, tasks: readonly Task[]): string[] {
  const { agent, capacity } = load;
  const working = tasks.filter(({ holding }) => holding?.agent === agent).length;
  const queued = tasks.filter((task) => isWaiting(task) && task.assignee === agent).length;
  const slots = capacity - working;
  const expected = { working, queued, slots, free: slots - queued };
  return Object.entries(expected).flatMap(([name, value]) => {
    const kept = load[name as keyof typeof expected];
    return kept === value ? [] : [`${agent}: ${name} is ${kept}, and its tasks say ${value}`];
  });
}

const unknown = (tasks: readonly Task[], known: ReadonlySet<string>): string[] =>
  tasks.flatMap((task) => {
    const agents = [task.holding?.agent, isWaiting(task) ? task.assignee : null];
    const missing = agents.filter((agent) => typeof agent === 'string' && !known.has(agent));
    return missing.map((agent) => `${agent} has ${task.id}, and no load is kept of it`);
  });

function leaseFaults(tasks: readonly Task[], leases: readonly Lease[]): string[] {
  const byTask = new Map(leases.map((lease) => [lease.task_id, lease]));
  const held = tasks.flatMap((task) => {
    const { id, state, holding, fence } = task;
    if (isHeld(task) !== (holding !== null)) return [`${id} is ${state}, and is held by ${holding?.agent ?? 'nobody'}`];
    const lease = byTask.get(id);
    if (!holding) return lease ? [`${id} is ${state}, and ${lease.agent} has a lease of it`] : [];
    const isSame = lease?.agent === holding.agent && lease.token === holding.token && holding.token === fence;
    const leased = lease ? `${lease.agent} with ${lease.token}` : 'nobody';
    return isSame ? [] : [`${id} is held by ${holding.agent} with ${holding.token} of ${fence}, leased by ${leased}`];
  });
  const ids = new Set(tasks.map(({ id }) => id));
  return [...held, ...leases.filter(({ task_id }) => !ids.has(task_id)).map(({ task_id }) => `no task ${task_id}`)];
}
