import { epochSeconds } from '../shared/clock.ts';
import { type Entry, expiryOf } from '../shared/ledger.ts';
import type { Hold, NewHold, Selector } from './contract.ts';

/** What of an entry its keeping depends on. */
export type Dated = Pick<Entry, 'agent_id' | 'domain' | 'subject' | 'related_tasks' | 'timestamp' | 'retention'>;

/** Whether the time of an entry is up, by its class. What its TTL attribute says only drives the deletion. */
export const isExpired = (entry: Dated, now: Date): boolean =>
  expiryOf(new Date(entry.timestamp), entry.retention) <= epochSeconds(now);

function selects({ by, value }: Selector, entry: Dated): boolean {
  switch (by) {
    case 'agent':
      return entry.agent_id === value;
    case 'domain':
      return entry.domain === value;
    case 'subject':
      return entry.subject === value;
    case 'task':
      return entry.related_tasks.includes(value);
  }
}

/** Whether a hold covers an entry: active, selected, and within its range (from inclusive, to exclusive). */
export function covers(hold: Pick<Hold, 'state' | 'selector' | 'from' | 'to'>, entry: Dated): boolean {
  if (hold.state !== 'active' || !selects(hold.selector, entry)) return false;
  const at = new Date(entry.timestamp);
  return (hold.from === null || at >= new Date(hold.from)) && (hold.to === null || at < new Date(hold.to));
}

/** Whether an entry stays: its time is not up, or a hold suspends its expiry. */
export const isKept = (entry: Dated, holds: readonly Hold[], now: Date): boolean =>
  !isExpired(entry, now) || holds.some((hold) => covers(hold, entry));

/** The hold that a request places. */
export const placed = (asked: NewHold, id: string, by: string, now: Date): Hold => ({
  id,
  version: 1,
  state: 'active',
  selector: asked.selector,
  from: asked.from ?? null,
  to: asked.to ?? null,
  reason: asked.reason,
  placed_by: by,
  placed_at: now.toISOString(),
  released_by: null,
  released_at: null,
  release_reason: null,
});

export type Release = { kind: 'release'; next: Hold } | { kind: 'refuse'; why: 'HoldReleased' };

/** Ends a hold, once. */
export function release(hold: Hold, reason: string, by: string, now: Date): Release {
  if (hold.state === 'released') return { kind: 'refuse', why: 'HoldReleased' };
  const ended = { released_by: by, released_at: now.toISOString(), release_reason: reason };
  return { kind: 'release', next: { ...hold, ...ended, state: 'released', version: hold.version + 1 } };
}
