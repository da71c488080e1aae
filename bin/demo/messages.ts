import type { Agent } from './crew.ts';
import type { Parts } from './parts.ts';

/** What paces an agent, in milliseconds. */
export type Pace = {
  poll: number;
  /** Between two signs of life for a task. */
  heartbeat: number;
  /** Between two signs of life of the agent itself. */
  pulse: number;
  /** What a minute of estimated work takes. */
  workMinute: number;
};

/** What the day says to the process of an agent. */
export type Order =
  | { kind: 'start'; agent: Agent; url: string; token: string; seed: string; life: number; pace: Pace; parts: Parts }
  /** Hang, as a process does whose machine was suspended. */
  | { kind: 'hang'; milliseconds: number }
  /** Put a task into the queue of a team of the domain. */
  | { kind: 'create'; task: Record<string, unknown> }
  /** Play a part of the plan. */
  | { kind: 'play'; what: 'handoff' | 'need' | 'reservation' | 'conflict'; name: string }
  /** Take nothing new; end what was begun, and stay. */
  | { kind: 'close' }
  | { kind: 'goHome' };

/** What the process of an agent says to the day: what it did, as it knows it from the answers of the API. */
export type Report =
  | { kind: 'ready' }
  /** Ended what it had begun, and begins nothing new. */
  | { kind: 'rested' }
  | { kind: 'claimed'; task: string; token: number; expiresAt: string; found: 'assigned' | 'open' | 'abandoned' }
  /** Goes on with what it held before it was killed. */
  | { kind: 'resumed'; task: string; token: number; expiresAt: string }
  | { kind: 'renewed'; task: string; token: number; expiresAt: string }
  | { kind: 'ended'; task: string; token: number; how: 'completed' | 'failed' | 'released' }
  /** Was told that the task is not its own any more. */
  | { kind: 'lost'; task: string; token: number; what: string }
  | { kind: 'created'; task: string }
  /** Moved another record; `decision` is how the ledger calls that. */
  | { kind: 'did'; subject: string; decision: string; what: string }
  | { kind: 'refused'; method: string; path: string; status: number; code: string }
  | { kind: 'note'; text: string }
  | { kind: 'trouble'; text: string };

/** A report, with who made it and when it was heard. */
export type Heard = Report & { agent: string; at: number };
