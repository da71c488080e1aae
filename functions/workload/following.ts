import { onLatest, raced } from '../shared/again.ts';
import type { Clock } from '../shared/clock.ts';
import { type Change, type Commit, type CommitContext, joined } from '../shared/commit.ts';
import { fact } from '../shared/contract.ts';
import type { Write } from '../shared/dynamo.ts';
import { continueTrace, type Trace } from '../shared/trace.ts';
import { unassigned } from './assigning.ts';
import { type Candidates, indexWrites } from './candidate-store.ts';
import { aboutTask, changeOf, claimEnded } from './changes.ts';
import { taskExpired, taskOverdue } from './contract.ts';
import { type AgentLoad, idle, type Registered } from './load-model.ts';
import { taskMessage } from './messages.ts';
import { afterClaim, isHeld, isWaiting, overdue } from './model.ts';
import type { Deps } from './ports.ts';
import { keys, type Workload, writes } from './store.ts';
import type { Lease, Task } from './task-contract.ts';

/** What keeps tasks and loads up with what happens to agents stands on. */
export type FollowDeps = {
  store: Workload;
  candidates: Candidates;
  /** An agent as the directory has it. */
  agent: (id: string) => Promise<Registered | undefined>;
  commit: Commit;
  now: Clock;
};

const actor = 'orchestra_workload';
/** @param now that of the change: its entries carry it */
const context = (now: Date, trace: Trace = continueTrace(undefined)): CommitContext => ({ actor, now, trace });

/** Writes the change that the index of candidates needs for agents, by whatever commits; reads them again when it lost a race. */
export const reindex = (
  deps: Pick<FollowDeps, 'candidates' | 'now'>,
  agents: readonly string[],
  commit: (change: Change) => Promise<unknown>,
): Promise<void> =>
  onLatest(async () => {
    const found = await Promise.all([...new Set(agents)].map((agent) => deps.candidates.standing(agent)));
    const changes = found.flatMap(({ load, entry }) => (load ? indexWrites(load, entry, deps.now()) : []));
    await raced(commit({ writes: changes, entries: [] }));
  });

/** What an agent shows of itself: whether it is heard of, and the load that it reports. */
export type Signs = { reachable?: boolean; reported?: number | null };

/** Brings what the workload knows of an agent to what the directory says, and to its signs. */
export const followAgent = (deps: FollowDeps, id: string, trace: Trace, signs: Signs): Promise<void> =>
  onLatest(async () => {
    const [agent, load] = await Promise.all([deps.agent(id), deps.store.load(id)]);
    if (!agent) return;
    const change = load ? moved(load, agent, signs) : [writes.newLoad({ ...idle(agent), ...signs })];
    if (change.length > 0) await raced(deps.commit({ writes: change, entries: [] }, context(deps.now(), trace)));
  });

function moved(load: AgentLoad, agent: Registered, signs: Signs): Write[] {
  const { domain, team, skills, capacity, status } = agent;
  const by = capacity - load.capacity;
  return [
    {
      kind: 'adjust',
      key: keys.load(load.agent),
      set: { domain, team, skills, capacity, status, ...signs },
      ...(by === 0 ? {} : { add: { slots: by, free: by } }),
      where: [{ path: 'capacity', is: load.capacity }],
    },
  ];
}

/**
 * Takes from an agent that stopped what it held and what waited for it: others can claim it. Each task is a transaction of its
 * own, so that a run that broke off goes on with what is left.
 */
export async function releaseWork(deps: FollowDeps, id: string, reason: string, trace: Trace): Promise<string[]> {
  const [held, waiting] = await Promise.all([
    deps.store.everyInPlace('held', id),
    deps.store.everyInPlace('assigned', id),
  ]);
  const blocked = (await blockedFor(deps, id)).map((task) => task.id);
  const ids = [...new Set([...held, ...waiting].map((task) => task.id).concat(blocked))];
  for (const task of ids) await releaseTask(deps, { task, agent: id, reason, trace });
  return ids;
}

/** Tasks that are kept for an agent until their dependencies are confirmed. */
async function blockedFor(deps: FollowDeps, id: string): Promise<Task[]> {
  const load = await deps.store.load(id);
  if (!load || load.queued === 0) return [];
  return (await deps.store.everyInPlace('blocked', load.team)).filter(({ assignee }) => assignee === id);
}

type Release = { task: string; agent: string; reason: string; trace: Trace };

const releaseTask = (deps: FollowDeps, { task: id, agent, reason, trace }: Release): Promise<void> =>
  onLatest(async () => {
    const [{ task, lease } = { task: undefined, lease: undefined }] = await deps.store.held([id]);
    const now = deps.now();
    if (task?.holding?.agent === agent && lease) {
      await deps.commit(expired({ task, lease }, reason, now, false), context(now, trace));
    } else if (task && task.assignee === agent && isWaiting(task)) {
      await deps.commit(unassigned(task, reason, now), context(now, trace));
    }
  });

/**
 * The end of a claim whose holder is gone. Nobody is waited for: the task is not kept for that agent any more.
 * @param isLate it is only because of the lease that it ends: not, if that was renewed in the meantime
 */
function expired({ task, lease }: { task: Task; lease: Lease }, reason: string, now: Date, isLate: boolean): Change {
  const assignee = task.assignee === lease.agent ? null : task.assignee;
  const after = afterClaim(task, 'expired', now, { assignee });
  const step = { before: task, after };
  const [end, past] = claimEnded(lease, 'expired', now);
  return changeOf(step, {
    summary: `Taken back from ${lease.agent}`,
    decision: 'expired',
    reasoning: reason,
    event: fact(taskExpired, { ...aboutTask(step), agent: lease.agent, token: lease.token, reason }),
    beside: [isLate ? writes.expireLease(lease) : end, past].filter((write) => write !== undefined),
  });
}

/** Ends the claims whose lease ran out, so that their tasks are found by others. @returns the tasks */
export async function expireLeases(deps: FollowDeps, limit = 50): Promise<string[]> {
  const ended: string[] = [];
  for (const { task_id: id } of await deps.store.expired(deps.now(), limit)) {
    const done = await onLatest(async () => {
      const [{ task, lease } = { task: undefined, lease: undefined }] = await deps.store.held([id]);
      const now = deps.now();
      // The index lags, and a heartbeat may have come: the lease itself says whether it is over.
      if (!task || !lease || !isHeld(task) || new Date(lease.expires_at) > now) return false;
      const reason = `No heartbeat since ${lease.expires_at}.`;
      await deps.commit(expired({ task, lease }, reason, now, true), context(now));
      return true;
    });
    if (done) ended.push(id);
  }
  return ended;
}

type OverdueDeps = FollowDeps &
  Pick<Deps, 'inbox'> & { orchestratorOf: (domain: string) => Promise<string | undefined> };

/** Says of tasks that they are late, once: to whoever has them, and to the orchestrator of their domain. @returns the tasks */
export async function tellOverdue(deps: OverdueDeps, limit = 50): Promise<string[]> {
  const told: string[] = [];
  for (const id of await deps.store.due(deps.now(), limit)) {
    const done = await onLatest(async () => {
      const now = deps.now();
      const before = await deps.store.task(id);
      const after = before && overdue(before, now);
      if (!after) return false;
      const step = { before, after };
      const agent = after.holding?.agent ?? after.assignee;
      const change = changeOf(step, {
        summary: 'Late',
        decision: 'overdue',
        reasoning: `It was due at ${after.due_at}.`,
        event: fact(taskOverdue, { ...aboutTask(step), agent }),
      });
      const hearers = [agent, (await deps.orchestratorOf(after.domain)) ?? null].filter((one) => one !== null);
      const messages = hearers.map((to) => taskMessage('task_overdue', to, after));
      await deps.commit(joined(change, deps.inbox.deliver(messages, after.domain, now)), context(now));
      return true;
    });
    if (done) told.push(id);
  }
  return told;
}
