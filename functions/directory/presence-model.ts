import * as z from 'zod';
import { addSeconds } from '../shared/clock.ts';
import { AgentReport } from './presence-contract.ts';

/** Intervals of silence after which an agent is unreachable. */
const silentIntervals = 3;
/** How long an agent that may not act is left alone before it is looked at again, in seconds. */
const excusedSeconds = 900;

/**
 * The last heartbeat of an agent, renewed in place: its version grows with every renewal, and the ledger does not know of
 * it. `due_at` is when its silence is too long, absent while nobody waits for it.
 */
export const Pulse = z.object({
  agent: z.string(),
  domain: z.string(),
  team: z.string(),
  version: z.int().min(1),
  seen_at: z.string(),
  due_at: z.string().nullable(),
  /** Whether it may not act, so that its silence says nothing. */
  excused: z.boolean(),
  report: AgentReport,
});
export type Pulse = z.output<typeof Pulse>;

/** Above this share of its capacity an agent that says so is strained. */
const strainedAbove = 90;

/** Whether an agent can be reached, and whether it says that it has too much to do. Each version is a transition, with its entry. */
export const Presence = z.object({
  agent: z.string(),
  version: z.int().min(1),
  state: z.literal(['reachable', 'unreachable']),
  since: z.string(),
  strained: z.boolean(),
});
export type Presence = z.output<typeof Presence>;

/** What is known of whether an agent is there. */
export type Signs = { pulse: Pulse | undefined; presence: Presence | undefined };

export type Heard = { agent: string; domain: string; team: string; report: AgentReport };

const dueAfter = (from: string, intervalSeconds: number): string =>
  addSeconds(new Date(from), silentIntervals * intervalSeconds).toISOString();

const moved = (before: Presence | undefined, agent: string, state: Presence['state'], now: Date): Presence => ({
  agent,
  state,
  version: (before?.version ?? 0) + 1,
  since: now.toISOString(),
  strained: false,
});

/**
 * The signs of an agent that has just been heard of. `presence` is another version only where it was unreachable, was
 * never heard of before, or its load has passed the bound.
 */
export function heard({ pulse, presence }: Signs, from: Heard, now: Date, intervalSeconds: number) {
  const { agent, domain, team, report } = from;
  const at = now.toISOString();
  // A heartbeat that is handled late, or by a clock that is behind, makes nobody older.
  const seen_at = pulse && pulse.seen_at > at ? pulse.seen_at : at;
  const version = (pulse?.version ?? 0) + 1;
  const due_at = dueAfter(seen_at, intervalSeconds);
  const next = { agent, domain, team, version, seen_at, due_at, excused: false, report };
  const strained = report.load > strainedAbove;
  if (presence?.state !== 'reachable')
    return { pulse: next, presence: { ...moved(presence, agent, 'reachable', now), strained } };
  if (presence.strained === strained) return { pulse: next, presence };
  return { pulse: next, presence: { ...presence, version: presence.version + 1, strained } };
}

/** How an agent stands that was not heard of in time: it may act, it is stopped for now, or it is gone for good. */
export type Standing = 'acts' | 'stopped' | 'gone';

export type Silence =
  | { kind: 'none' }
  /** Nobody waits for it any more, or not yet. */
  | { kind: 'excused'; pulse: Pulse }
  | { kind: 'unreachable'; pulse: Pulse; presence: Presence };

/**
 * What a silence means. An agent that is stopped, or something above it, is refused when it sends a heartbeat: it is excused
 * until it may act again, and then has the full time from when that was noticed.
 */
export function silence(
  { pulse, presence }: { pulse: Pulse; presence: Presence | undefined },
  stands: Standing,
  now: Date,
  intervalSeconds: number,
): Silence {
  if (pulse.due_at === null || pulse.due_at > now.toISOString()) return { kind: 'none' };
  const renewed = (due_at: string | null, excused: boolean): Pulse => ({
    ...pulse,
    version: pulse.version + 1,
    due_at,
    excused,
  });
  if (stands === 'gone') return { kind: 'excused', pulse: renewed(null, true) };
  if (stands === 'stopped')
    return { kind: 'excused', pulse: renewed(addSeconds(now, excusedSeconds).toISOString(), true) };
  if (pulse.excused) return { kind: 'excused', pulse: renewed(dueAfter(now.toISOString(), intervalSeconds), false) };
  const next = moved(presence, pulse.agent, 'unreachable', now);
  return { kind: 'unreachable', pulse: renewed(null, false), presence: next };
}
