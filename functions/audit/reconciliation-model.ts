import { addSeconds, dayOf } from '../shared/clock.ts';
import { fact } from '../shared/contract.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import { archiveReconciled, type Counts } from './contract.ts';

/** Whether both sides hold what they should; what has expired in the ledger stays in the archive, as it should. */
export const isMatched = ({ healed, different, restored, unsealed = 0 }: Counts): boolean =>
  healed + different + restored + unsealed === 0;

/** The day that a run without a day is about: the last one that is over. */
export const yesterday = (now: Date): string => dayOf(addSeconds(now, -86_400));

export const reconciliationSubject = (domain: string, day: string): string => `reconciliation/${domain}-${day}`;

/** The entry that records a reconciliation; `run` counts from 1. */
export function reconciliationEntry(
  { domain, day, matched, counts }: { domain: string; day: string; matched: boolean; counts: Counts },
  run: number,
): EntryDraft {
  const outcome = Object.entries(counts).map(([name, amount]) => `${name} ${amount}`);
  return {
    action_type: 'execution',
    domain,
    subject: reconciliationSubject(domain, day),
    sequence: run,
    summary: `Ledger and archive of ${domain} on ${day} ${matched ? 'match' : 'did not match and were healed'}`,
    details: { decision: matched ? 'matched' : 'mismatch', outcome: outcome.join(', ') },
    retention: 'significant',
    event: fact(archiveReconciled, {
      domain,
      day,
      matched,
      counts,
      concerns: matched ? [domain] : [...new Set([domain, 'enterprise'])],
    }),
  };
}
