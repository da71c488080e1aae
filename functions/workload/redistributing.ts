import { addSeconds } from '../shared/clock.ts';
import { onLatest } from '../shared/again.ts';
import { fact } from '../shared/contract.ts';
import { Problem } from '../shared/errors.ts';
import type { LimitsPort } from '../limits/contract.ts';
import { continueTrace } from '../shared/trace.ts';
import { assigned, toFirstFree } from './assigning.ts';
import { candidateKeys, type IndexEntry } from './candidate-store.ts';
import { agentOverloaded, type PastClaim } from './contract.ts';
import type { FollowDeps } from './following.ts';
import { isOverloaded, mostUtilisation } from './load-model.ts';
import { isWaiting } from './model.ts';
import type { Deps } from './ports.ts';
import { rank } from './rank-model.ts';
import { writes } from './store.ts';

/** So long must an agent have had too much to do, in seconds. */
export const overloadSeconds = 300;
const mostAgents = 25;
const mostTried = 5;

type RedistributeDeps = FollowDeps & Pick<Deps, 'directory' | 'inbox'>;

/**
 * Gives the queued work of agents that have had too much to do for five minutes to others with the same specialisation. Those
 * five minutes begin anew then. @returns the tasks that moved
 */
export async function redistribute(deps: RedistributeDeps): Promise<string[]> {
  const since = addSeconds(deps.now(), -overloadSeconds).toISOString();
  const moved: string[] = [];
  for (const { agent } of await deps.candidates.overloaded(since, mostAgents)) {
    moved.push(...(await relieve(deps, agent, since)));
  }
  return moved;
}

async function relieve(deps: RedistributeDeps, agent: string, since: string): Promise<string[]> {
  const { load, entry } = await deps.candidates.standing(agent);
  if (!load || !entry?.overloaded_since || entry.overloaded_since > since) return [];
  if (!isOverloaded(load)) return [];
  const reason = `${agent} has been above ${mostUtilisation} % since ${entry.overloaded_since}.`;
  const moved: string[] = [];
  for (const task of await deps.store.everyInPlace('assigned', agent)) {
    if (await moveOn(deps, task.id, agent, reason)) moved.push(task.id);
  }
  await noted(deps, entry, { ...load, moved });
  return moved;
}

/** Gives one task of an agent to another that has room for it; leaves it where none has. */
const moveOn = (deps: RedistributeDeps, id: string, from: string, reason: string): Promise<boolean> =>
  onLatest(async () => {
    const task = await deps.store.task(id);
    if (!task || task.assignee !== from || !isWaiting(task) || task.handoff_id !== null) return false;
    const found = await deps.candidates.find(task);
    const { candidates } = rank(
      task,
      found.filter(({ agent }) => agent !== from),
    );
    const given = await toFirstFree(candidates.slice(0, mostTried), async (fit) => {
      const now = deps.now();
      const { change } = assigned(deps, { task, lease: undefined, agent: fit.agent, fit, reason, now, ifFree: true });
      await deps.commit(change, { actor: 'orchestra_workload', now, trace: continueTrace(undefined) });
      return true;
    });
    return given ?? false;
  });

type Overload = { agent: string; domain: string; team: string; moved: readonly string[] };

/** Enters that an agent had too much to do, and what became of it. Another sweep may have done so first. */
async function noted(
  deps: RedistributeDeps,
  entry: IndexEntry,
  { agent, domain, team, moved }: Overload,
): Promise<void> {
  const now = deps.now();
  const since = entry.overloaded_since ?? now.toISOString();
  const notices = entry.notices + 1;
  const next = { ...entry, version: entry.version + 1, overloaded_since: now.toISOString(), notices };
  const item = { ...next, ...candidateKeys.overloaded(next.overloaded_since, agent) };
  const event = fact(agentOverloaded, { agent_id: agent, domain, team, since, moved: [...moved], concerns: [domain] });
  const told = {
    action_type: 'execution' as const,
    domain,
    subject: `agent-overload/${agent}`,
    sequence: notices,
    summary: `${agent} has had too much to do since ${since}: ${moved.length} queued tasks went to others`,
    details: { decision: 'redistributed', outcome: moved.join(', ') },
    related_tasks: moved,
    event,
  };
  const write = { kind: 'replace' as const, key: candidateKeys.entry(agent), item, version: entry.version };
  const context = { actor: 'orchestra_workload', now, trace: continueTrace(undefined) };
  await deps.commit({ writes: [write], entries: [told] }, context).catch((error: unknown) => {
    if (!(error instanceof Problem && error.code === 'VersionConflict')) throw error;
  });
}

/** Gives back what claims reserved that ended without their holder. @returns how many */
export async function settleClaims(
  deps: Pick<FollowDeps, 'store' | 'commit' | 'now'> & { limits: Pick<LimitsPort, 'expire'> },
  limit = 50,
): Promise<number> {
  let settled = 0;
  for (const claim of await deps.store.unsettled(limit)) {
    if (await settle(deps, claim)) settled += 1;
  }
  return settled;
}

const settle = (deps: Parameters<typeof settleClaims>[0], { task_id, token }: PastClaim): Promise<boolean> =>
  onLatest(async () => {
    const claim = (await deps.store.pastClaims(task_id)).find((one) => one.token === token);
    // The index lags: the claim itself says whether it is settled.
    if (claim?.version !== 1) return false;
    const { writes: back, reservation } = await deps.limits.expire(claim.reservation);
    const next = writes.settleClaim({ ...claim, version: 2, reservation });
    const context = { actor: 'orchestra_workload', now: deps.now(), trace: continueTrace(undefined) };
    await deps.commit({ writes: [next, ...back], entries: [] }, context);
    return true;
  });
