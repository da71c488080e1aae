import type { ProblemCode } from '../shared/errors.ts';
import type { AgentLoad } from './load-model.ts';
import type { Blocker, ClaimEnd, Lease, NewTask, Task, TaskState } from './task-contract.ts';

export type Refusal = { kind: 'refuse'; why: ProblemCode; detail: string };
const refuse = (why: ProblemCode, detail: string): Refusal => ({ kind: 'refuse', why, detail });

const terminal: ReadonlySet<TaskState> = new Set(['done', 'failed', 'cancelled']);
export const isOver = ({ state }: Pick<Task, 'state'>): boolean => terminal.has(state);
export const isHeld = ({ state }: Pick<Task, 'state'>): boolean => state === 'claimed' || state === 'running';
/** Waits for somebody to work on it, now or once its dependencies are confirmed. */
export const isWaiting = ({ state }: Pick<Task, 'state'>): boolean => state === 'queued' || state === 'blocked';
export const isLive = (lease: Pick<Lease, 'expires_at'>, now: Date): boolean => new Date(lease.expires_at) > now;

/** A task as it begins. */
export const newTask = (
  given: NewTask,
  { id, domain, team, createdBy, now }: { id: string; domain: string; team: string; createdBy: string; now: Date },
): Task => ({
  ...given,
  id,
  version: 1,
  domain,
  team,
  created_by: createdBy,
  state: 'queued',
  blocked_by: [],
  handoff_id: null,
  assignee: null,
  holding: null,
  fence: 0,
  attempts: 0,
  revisions: 0,
  late: false,
  result: null,
  created_at: now.toISOString(),
  updated_at: now.toISOString(),
  queued_at: now.toISOString(),
  started_at: null,
  ended_at: null,
  worked_by: null,
});

/** The next version of a task. */
export const revised = (task: Task, change: Partial<Task>, now: Date): Task => ({
  ...task,
  ...change,
  version: task.version + 1,
  updated_at: now.toISOString(),
});

/** Who wants to claim, as the directory and the workload know it. */
export type Claimant = Pick<AgentLoad, 'agent' | 'team' | 'skills'> & { load: AgentLoad | undefined };

/** Skills of a task that an agent has not, or not well enough. */
export const lacking = (
  { required_skills }: Pick<Task, 'required_skills'>,
  skills: readonly { name: string; proficiency: number }[],
): string[] =>
  required_skills
    .filter((one) => !skills.some(({ name, proficiency }) => name === one.name && proficiency >= one.proficiency))
    .map(({ name, proficiency }) => `${name} (${proficiency})`);

/**
 * Whether an agent may take a task now. A claim whose lease ran out is none: nobody has to wait until it was swept up.
 * @returns the task as it is then, with the token of the new claim in `fence`
 */
export function decideClaim(
  task: Task,
  lease: Lease | undefined,
  claimant: Claimant,
  now: Date,
): { kind: 'claim'; next: Task } | Refusal {
  const fault = openFault(task, lease, now) ?? claimantFault(asLeft(task), claimant);
  if (fault) return fault;
  const fence = task.fence + 1;
  const holding = { agent: claimant.agent, token: fence, claimed_at: now.toISOString() };
  const change = { state: 'claimed', holding, fence, attempts: task.attempts + 1, started_at: holding.claimed_at };
  const { assignee } = asLeft(task);
  return { kind: 'claim', next: revised(task, { ...change, assignee, state: 'claimed' }, now) };
}

/** A task whose holder let its lease run out is not kept for that agent any more. */
const asLeft = (task: Task): Task => (task.assignee === task.holding?.agent ? { ...task, assignee: null } : task);

function openFault(task: Task, lease: Lease | undefined, now: Date): Refusal | undefined {
  if (task.state === 'blocked') {
    const waits = task.blocked_by.map(({ dependency_id, task_id }) => `${dependency_id} on ${task_id}`);
    return refuse('TaskBlocked', `It waits for ${waits.join(', ')}.`);
  }
  if (isHeld(task)) {
    const expired = lease !== undefined && !isLive(lease, now);
    return expired ? undefined : refuse('TaskClaimed', `${task.holding?.agent} holds it.`);
  }
  return task.state === 'queued' ? undefined : refuse('TaskNotOpen', `It is ${task.state}.`);
}

function claimantFault(task: Task, { agent, team, skills, load }: Claimant): Refusal | undefined {
  const isMine = task.assignee === agent;
  if (task.assignee !== null && !isMine) return refuse('AssignedToAnother', `It is for ${task.assignee}.`);
  if (!isMine && team !== task.team) return refuse('OutsideOwnTeam', `It belongs to team ${task.team}.`);
  const missing = lacking(task, skills);
  if (missing.length > 0) return refuse('SkillMissing', `It takes ${missing.join(', ')}.`);
  if (!load) return undefined;
  if (load.slots < 1) return refuse('CapacityReached', `${agent} works on ${load.working} of ${load.capacity} tasks.`);
  if (!isMine && load.free < 1)
    return refuse('CapacityReached', `${load.queued} tasks that are assigned to ${agent} wait for it.`);
  return undefined;
}

/** Whether the live claim of a task is that of an agent and a token. A claim lives until its lease was found to be over. */
export function tokenFault(lease: Lease | undefined, agent: string, token: number): Refusal | undefined {
  if (lease?.agent === agent && lease.token === token) return undefined;
  const live = lease ? `The live claim has token ${lease.token}.` : 'Nobody holds the task.';
  return refuse('StaleToken', `${live} What you claimed with ${token} is not yours any more.`);
}

/** How a task goes on when the claim on it ends. */
export function afterClaim(task: Task, end: ClaimEnd, now: Date, more: Partial<Task> = {}): Task {
  const at = now.toISOString();
  const worked = { holding: null, worked_by: task.holding?.agent ?? task.worked_by };
  const state = stateAfter(task, end);
  const times = state === 'queued' ? { queued_at: at } : state === 'review' ? {} : { ended_at: at };
  // Its old holder may still believe that it has the task: whatever it shows is below the fence from now on.
  const fence = forced.has(end) ? { fence: task.fence + 1 } : {};
  return revised(task, { ...worked, state, ...times, ...fence, ...more }, now);
}

const forced: ReadonlySet<ClaimEnd> = new Set(['expired', 'reassigned', 'handed_over', 'cancelled']);

function stateAfter({ review_required }: Task, end: ClaimEnd): TaskState {
  switch (end) {
    case 'completed':
      return review_required ? 'review' : 'done';
    case 'submitted':
      return 'review';
    case 'failed':
      return 'failed';
    case 'cancelled':
      return 'cancelled';
    case 'released':
    case 'expired':
    case 'reassigned':
    case 'handed_over':
      return 'queued';
  }
}

/** The task with one more dependency in its way. It must wait: what is being worked on, or is over, waits for nothing. */
export function withBlocker(task: Task, blocker: Blocker, now: Date): { kind: 'blocked'; next: Task } | Refusal {
  if (!isWaiting(task)) return refuse('TaskNotOpen', `${task.id} is ${task.state}; release it first.`);
  const blocked_by = [...task.blocked_by, blocker];
  if (blocked_by.length > 20) return refuse('DependencyGraphTooLarge', `${task.id} waits for 20 tasks already.`);
  return { kind: 'blocked', next: revised(task, { blocked_by, state: 'blocked' }, now) };
}

/** The task without a dependency in its way; undefined where it was not. */
export function withoutBlocker(task: Task, dependencyId: string, now: Date): Task | undefined {
  const blocked_by = task.blocked_by.filter(({ dependency_id }) => dependency_id !== dependencyId);
  if (blocked_by.length === task.blocked_by.length) return undefined;
  const isFree = task.state === 'blocked' && blocked_by.length === 0;
  const change = isFree ? { state: 'queued' as const, queued_at: now.toISOString() } : {};
  return revised(task, { blocked_by, ...change }, now);
}

/** Whether it has to be said when a task is not over in its time. */
export const isWatched = (task: Task | undefined): task is Task & { due_at: string } =>
  task !== undefined && task.due_at !== null && !task.late && !isOver(task);

/** The task once its time is over; undefined where it is not. Another time, or its end, is another matter. */
export const overdue = (task: Task, now: Date): Task | undefined =>
  isWatched(task) && new Date(task.due_at) <= now ? revised(task, { late: true }, now) : undefined;

/** What an agent has of a task: a place of its working capacity, or of its queue. */
export type Part = { working: number; queued: number };

function partsOf(task: Task | undefined): Map<string, Part> {
  const parts = new Map<string, Part>();
  if (!task) return parts;
  if (task.holding) parts.set(task.holding.agent, { working: 1, queued: 0 });
  if (isWaiting(task) && task.assignee !== null) parts.set(task.assignee, { working: 0, queued: 1 });
  return parts;
}

/** By how much a change of a task moves the load of agents. */
export function loadMoves(before: Task | undefined, after: Task): Map<string, Part> {
  const [was, is] = [partsOf(before), partsOf(after)];
  const moves = new Map<string, Part>();
  for (const agent of new Set([...was.keys(), ...is.keys()])) {
    const working = (is.get(agent)?.working ?? 0) - (was.get(agent)?.working ?? 0);
    const queued = (is.get(agent)?.queued ?? 0) - (was.get(agent)?.queued ?? 0);
    if (working !== 0 || queued !== 0) moves.set(agent, { working, queued });
  }
  return moves;
}
