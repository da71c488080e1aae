import { addSeconds, epochSeconds } from '../shared/clock.ts';
import { type Entry, expiryOf } from '../shared/ledger.ts';

export type Removal = {
  /** Nobody may remove an entry but DynamoDB, and not before its time. */
  tampered: boolean;
  /** TTL (epoch seconds) to put it back with; undefined when it stays removed. */
  restoreUntil: number | undefined;
};

/** A hold ends when somebody releases it. Until then what it covers is put back whenever this many days are over. */
const heldDays = 30;

/**
 * What a removal of an entry means. One that is not expired is put back until it is; one that is expired only if a hold
 * covers it, for a while.
 * @param byTtl DynamoDB removed it; the TTL attribute itself may have been tampered with, so its word is checked
 */
export function judgeRemoval(
  entry: Pick<Entry, 'timestamp' | 'retention'>,
  { byTtl, held }: { byTtl: boolean; held: boolean },
  now: Date,
): Removal {
  const expiry = expiryOf(new Date(entry.timestamp), entry.retention);
  const expired = expiry <= epochSeconds(now);
  const tampered = !byTtl || !expired;
  if (!expired) return { tampered, restoreUntil: expiry };
  return { tampered, restoreUntil: held ? epochSeconds(addSeconds(now, heldDays * 86_400)) : undefined };
}
