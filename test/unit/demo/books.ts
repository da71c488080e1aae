import type { Entry } from '../../../bin/demo/account/ledger.ts';
import type { ClaimsRecord, TaskRecord } from '../../../bin/demo/account/tasks.ts';
import type { Heard } from '../../../bin/demo/messages.ts';

export const leaseSeconds = 10;
const morning = Date.parse('2026-11-30T09:00:00.000Z');
export const second = (n: number): string => new Date(morning + n * 1000).toISOString();

/** What may happen to a task in a test: as the product would have it, whoever checks it. */
export type Move =
  | { do: 'claim'; agent: string }
  | { do: 'start' | 'complete' | 'submit' | 'fail' | 'release' | 'expire' | 'assign' | 'accept' | 'return' | 'cancel' };

/** The three books of a day, kept move by move: ledger, state, and what agents were told. */
export type Day = { entries: Entry[]; tasks: TaskRecord[]; claims: Map<string, ClaimsRecord>; heard: Heard[] };
export const aDay = (): Day => ({ entries: [], tasks: [], claims: new Map(), heard: [] });

/** Adds a task to the books, with what happens to it, a minute apart. Moves that cannot be are left out. */
export function kept(day: Day, id: string, moves: readonly Move[]): Day {
  const task: TaskRecord = {
    id,
    team: 'checkout',
    version: 0,
    state: '',
    fence: 0,
    attempts: 0,
    revisions: 0,
    holding: null,
    blocked_by: [],
  };
  const claims: ClaimsRecord = { live: null, past: [] };
  const enter = (
    by: string,
    decision: string,
    outcome: string,
    more: { summary?: string; reasoning?: string } = {},
  ) => {
    task.version += 1;
    task.state = outcome;
    const { summary = decision, reasoning = '' } = more;
    day.entries.push({
      id: String(day.entries.length).padStart(6, '0'),
      timestamp: second(60 * task.version),
      agent_id: by,
      domain: 'product',
      subject: `task/${id}`,
      sequence: task.version,
      summary,
      details: { decision, reasoning, outcome },
    });
  };
  const tell = (report: Omit<Extract<Heard, { kind: 'claimed' }>, 'agent' | 'at'>, agent: string) =>
    day.heard.push({ ...report, agent, at: morning });
  const end = (how: string, isForced = false): string => {
    const agent = task.holding?.agent ?? '';
    if (task.holding) claims.past.push({ agent, token: task.holding.token, end: how });
    claims.live = null;
    task.holding = null;
    if (isForced) task.fence += 1;
    return agent;
  };
  const done = (how: 'completed' | 'failed' | 'released', outcome: string): void => {
    const token = task.holding?.token ?? 0;
    const agent = end(how);
    enter(agent, how, outcome);
    day.heard.push({ kind: 'ended', task: id, token, how, agent, at: morning });
  };
  enter('orc_product', 'created', 'queued');
  for (const move of moves) {
    const isHeld = task.holding !== null;
    if (move.do === 'claim' && (isHeld || task.state === 'queued')) {
      const summary = isHeld
        ? `Claimed by ${move.agent}, as the lease of ${task.holding?.agent ?? ''} had run out: x`
        : 'x';
      if (isHeld) end('expired');
      task.fence += 1;
      task.attempts += 1;
      task.holding = { agent: move.agent, token: task.fence };
      claims.live = task.holding;
      enter(move.agent, 'claimed', 'claimed', { summary });
      const expiresAt = second(60 * task.version + leaseSeconds);
      tell({ kind: 'claimed', task: id, token: task.fence, expiresAt, found: 'open' }, move.agent);
    }
    if (move.do === 'start' && task.state === 'claimed') enter(task.holding?.agent ?? '', 'started', 'running');
    if (move.do === 'complete' && isHeld) done('completed', 'done');
    if (move.do === 'submit' && isHeld) done('completed', 'review');
    if (move.do === 'fail' && isHeld) done('failed', 'failed');
    if (move.do === 'release' && isHeld) done('released', 'queued');
    if (move.do === 'expire' && isHeld) {
      end('expired', true);
      const reasoning = `No heartbeat since ${second(60 * task.version + leaseSeconds)}.`;
      enter('orchestra_workload', 'expired', 'queued', { reasoning });
    }
    if (move.do === 'assign' && (isHeld || task.state === 'queued')) {
      if (isHeld) end('reassigned', true);
      enter('orc_product', 'assigned', 'queued');
    }
    if (move.do === 'accept' && task.state === 'review') enter('orc_product', 'accepted', 'done');
    if (move.do === 'return' && task.state === 'review') {
      task.revisions += 1;
      enter('orc_product', 'returned', 'queued');
    }
    if (move.do === 'cancel' && !['done', 'failed', 'cancelled'].includes(task.state)) {
      end('cancelled', true);
      enter('orc_product', 'cancelled', 'cancelled');
    }
  }
  day.tasks.push(task);
  day.claims.set(id, claims);
  return day;
}
