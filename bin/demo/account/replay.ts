import { type Entry, type Fault, gapsIn } from './ledger.ts';

export type ClaimEnd = 'completed' | 'failed' | 'released' | 'expired' | 'reassigned' | 'handed_over' | 'cancelled';

/** A claim as the ledger tells it. The token is not in the ledger: it follows from what happened to the task before. */
export type LedgerClaim = {
  agent: string;
  token: number;
  from: string;
  to: string | undefined;
  end: ClaimEnd | undefined;
  /** How it ended without its holder: another claimed when the lease was over, it was swept up, or the holder was given up. */
  lapse: 'taken over' | 'swept up' | 'given up' | undefined;
  /** When its lease ran out, where the ledger says so. */
  ranOutAt: string | undefined;
};

/** What became of a task, by its entries alone. */
export type TaskHistory = {
  id: string;
  domain: string;
  createdAt: string;
  version: number;
  state: string;
  fence: number;
  attempts: number;
  revisions: number;
  /** Dependencies in its way. */
  blockers: number;
  holder: string | undefined;
  claims: LedgerClaim[];
  faults: Fault[];
};

const waiting = ['queued', 'blocked'] as const;
const held = ['claimed', 'running'] as const;
const open = [...waiting, ...held, 'review'] as const;
const any = [...open, 'done', 'failed', 'cancelled'] as const;

/** From which states a step leads, and to which; nowhere else where `to` is absent. */
const steps: Record<string, { from: readonly string[]; to?: readonly string[] }> = {
  created: { from: ['nothing'], to: ['queued'] },
  changed: { from: waiting },
  blocked: { from: waiting, to: ['blocked'] },
  unblocked: { from: waiting, to: waiting },
  assigned: { from: [...waiting, ...held], to: waiting },
  unassigned: { from: waiting },
  claimed: { from: ['queued'], to: ['claimed'] },
  started: { from: ['claimed'], to: ['running'] },
  completed: { from: held, to: ['done', 'review'] },
  failed: { from: held, to: ['failed'] },
  released: { from: held, to: ['queued'] },
  expired: { from: held, to: ['queued'] },
  accepted: { from: ['review'], to: ['done'] },
  returned: { from: ['review'], to: ['queued'] },
  cancelled: { from: open, to: ['cancelled'] },
  bound: { from: open },
  unbound: { from: any },
  transferred: { from: any, to: any },
};

const ends: Record<string, ClaimEnd> = {
  completed: 'completed',
  failed: 'failed',
  released: 'released',
  expired: 'expired',
  assigned: 'reassigned',
  cancelled: 'cancelled',
  transferred: 'handed_over',
};
/** Only the holder itself may do these. */
const own: ReadonlySet<string> = new Set(['started', 'completed', 'failed', 'released']);

/** Goes through the entries of a task, and finds whatever could not have happened so. */
export function replay(id: string, entries: readonly Entry[], leaseSeconds: number): TaskHistory {
  const [first] = entries;
  const history: TaskHistory = {
    id,
    domain: first?.domain ?? '',
    createdAt: first?.timestamp ?? '',
    version: entries.length,
    state: 'nothing',
    fence: 0,
    attempts: 0,
    revisions: 0,
    blockers: 0,
    holder: undefined,
    claims: [],
    faults: gapsIn(id, entries),
  };
  for (const entry of entries) step(history, entry, leaseSeconds * 1000);
  return history;
}

function step(history: TaskHistory, entry: Entry, lease: number): void {
  const { decision, outcome } = entry.details;
  const fault = (rule: string, detail: string): void => {
    history.faults.push({ rule, subject: history.id, detail: `${detail} (entry ${entry.id})` });
  };
  const rule = steps[decision];
  if (!rule) return fault('a step that nobody knows', decision);
  const isHeld = history.holder !== undefined;
  if (decision === 'claimed' && isHeld) ranOut(history, entry, lease, fault);
  else if (!rule.from.includes(history.state))
    fault('a step out of its order', `${decision}, but it was ${history.state}`);
  const stays = rule.to === undefined || (decision === 'transferred' && !isHeld);
  if (!(stays ? [history.state] : (rule.to ?? [])).includes(outcome))
    fault('a state that does not follow', `${decision} made ${history.state} to ${outcome}`);
  if (own.has(decision) && entry.agent_id !== history.holder)
    fault('not by its holder', `${decision} by ${entry.agent_id}, held by ${history.holder ?? 'nobody'}`);
  move(history, entry, fault);
  history.state = outcome;
  history.domain = entry.domain;
}

/** Who claims what another holds must find its lease over; else two have it at once. */
function ranOut(
  history: TaskHistory,
  entry: Entry,
  lease: number,
  fault: (rule: string, detail: string) => void,
): void {
  const [, said] = /as the lease of (\S+) had run out/.exec(entry.summary) ?? [];
  const last = history.claims.at(-1);
  const isOver = last !== undefined && Date.parse(entry.timestamp) >= Date.parse(last.from) + lease;
  if (said !== history.holder || !isOver) {
    fault('two claims at once', `${entry.agent_id} claimed what ${history.holder ?? ''} held`);
  }
  endClaim(history, entry, 'expired', { lapse: 'taken over' });
}

function move(history: TaskHistory, entry: Entry, fault: (rule: string, detail: string) => void): void {
  const { decision, reasoning } = entry.details;
  const isHeld = history.holder !== undefined;
  if (decision === 'claimed') {
    const from = entry.timestamp;
    history.fence += 1;
    history.attempts += 1;
    history.holder = entry.agent_id;
    history.claims.push({
      agent: entry.agent_id,
      token: history.fence,
      from,
      to: undefined,
      end: undefined,
      lapse: undefined,
      ranOutAt: undefined,
    });
    return;
  }
  if (decision === 'returned') history.revisions += 1;
  if (decision === 'blocked') history.blockers += 1;
  if (decision === 'unblocked') history.blockers -= 1;
  // What a holder that was not asked still shows is below the fence from then on.
  const isForced =
    decision === 'cancelled' ||
    decision === 'transferred' ||
    decision === 'expired' ||
    (decision === 'assigned' && isHeld);
  if (isForced) history.fence += 1;
  const end = ends[decision];
  if (end === undefined || !isHeld) return;
  const [, since] = /^No heartbeat since (\S+)\.$/.exec(reasoning) ?? [];
  if (since !== undefined && Date.parse(since) > Date.parse(entry.timestamp))
    fault('two claims at once', `taken from ${history.holder ?? ''} before its lease was over`);
  const lapse = since === undefined ? 'given up' : 'swept up';
  endClaim(history, entry, end, end === 'expired' ? { lapse, ranOutAt: since } : {});
}

function endClaim(
  history: TaskHistory,
  entry: Entry,
  end: ClaimEnd,
  more: Partial<Pick<LedgerClaim, 'lapse' | 'ranOutAt'>> = {},
): void {
  const last = history.claims.at(-1);
  if (last) Object.assign(last, { to: entry.timestamp, end, ...more });
  history.holder = undefined;
}
