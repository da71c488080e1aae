import type { Change } from '../shared/commit.ts';
import { fact, type Fact } from '../shared/contract.ts';
import type { Write } from '../shared/dynamo.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import * as events from './events.ts';
import { loadMoves } from './model.ts';
import { type Tally, writes } from './store.ts';
import type { ClaimEnd, Lease, PastClaim, Task } from './task-contract.ts';

/** A task as it was, absent when it is new, and as it shall be, one version later. */
export type Step = { before?: Task | undefined; after: Task };

type Told = {
  summary: string;
  decision: string;
  reasoning?: string;
  event: Fact;
  /** Writes beside the task and the load of agents: its lease, its past claims. */
  beside?: readonly Write[];
  /** What is noted of agents beside their load. */
  notes?: ReadonlyMap<string, { guard?: 'slots' | 'free' | undefined; tally?: Tally; recent?: string[] | undefined }>;
  /** Agents whose load is written by other means, since it is not there yet. */
  without?: ReadonlySet<string>;
};

/** What every event of a task says; a change of domain concerns both. */
export const aboutTask = ({ before, after }: Step) => ({
  task_id: after.id,
  domain: after.domain,
  team: after.team,
  state: after.state,
  priority: after.priority,
  skills: after.required_skills.map(({ name }) => name),
  topic: after.topic,
  estimate_minutes: after.estimate_minutes,
  due_at: after.due_at,
  assignee: after.assignee,
  concerns: [...new Set([after.domain, before?.domain ?? after.domain])],
});

/** The change that makes a step of a task: its record, the load of the agents that it moves, and one entry. */
export function changeOf(step: Step, told: Told): Change {
  const { before, after } = step;
  const { beside = [], notes = new Map(), without = new Set() } = told;
  const moves = loadMoves(before, after);
  for (const agent of notes.keys()) if (!moves.has(agent)) moves.set(agent, { working: 0, queued: 0 });
  const loads = [...moves].filter(([agent]) => !without.has(agent));
  return {
    writes: [
      before ? writes.replace(after) : writes.create(after),
      ...writes.due(before, after),
      ...beside,
      ...loads.map(([agent, part]) => writes.moveLoad(agent, part, notes.get(agent))),
    ],
    entries: [entryOf(step, told)],
  };
}

const entryOf = ({ after }: Step, { summary, decision, reasoning = '', event }: Told): EntryDraft => ({
  action_type: 'execution',
  domain: after.domain,
  subject: `task/${after.id}`,
  sequence: after.version,
  summary: `${summary}: ${after.title}`,
  details: { decision, reasoning, outcome: after.state },
  classification: after.classification,
  related_tasks: [after.id],
  event,
});

type Settled = Pick<PastClaim, 'reservation' | 'overrun'>;

/** A claim as it stays in the books when it is over; unsettled where its holder did not end it itself. */
export const pastClaimOf = (lease: Lease, end: ClaimEnd, now: Date, settled?: Settled): PastClaim => ({
  task_id: lease.task_id,
  version: settled ? 2 : 1,
  agent: lease.agent,
  token: lease.token,
  domain: lease.domain,
  claimed_at: lease.claimed_at,
  ended_at: now.toISOString(),
  end,
  ...(settled ?? { reservation: lease.reservation, overrun: {} }),
});

/** What ends the live claim of a task, whoever holds it. */
export const claimEnded = (lease: Lease | undefined, end: ClaimEnd, now: Date): Write[] =>
  lease ? [writes.endLease(lease), writes.pastClaim(pastClaimOf(lease, end, now))] : [];

export const created = (after: Task): Change =>
  changeOf(
    { after },
    { summary: 'Created', decision: 'created', event: fact(events.taskCreated, aboutTask({ after })) },
  );

/** One more, or one less, blocking dependency. */
export function gateMoved(step: { before: Task; after: Task }, dependencyId: string, on: string): Change {
  const { before, after } = step;
  const isMore = after.blocked_by.length > before.blocked_by.length;
  const open = after.blocked_by.length;
  const event = fact(isMore ? events.taskBlocked : events.taskUnblocked, {
    ...aboutTask(step),
    dependency_id: dependencyId,
    on,
    open,
  });
  const summary = isMore ? `Waits for ${on}` : `Waits for ${on} no more`;
  return changeOf(step, { summary, decision: isMore ? 'blocked' : 'unblocked', event });
}
