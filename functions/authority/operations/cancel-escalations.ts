import type { Change } from '../../shared/commit.ts';
import { fact } from '../../shared/contract.ts';
import { type Escalation, escalationCancelled } from '../contract.ts';
import { type Authority, writes } from '../store.ts';

/** Few enough for one transaction with the record of the event: two members each. */
const atOnce = 40;

/** The change that closes a requester's open escalations because it was retired. */
export async function cancelEscalations(store: Authority, requester: string, now: Date): Promise<Change> {
  const open = await store.requestedBy(requester, atOnce);
  const cancelled = open.filter(({ state }) => state === 'open').map((escalation) => closed(escalation, now));
  return { writes: cancelled.map(writes.close), entries: cancelled.map(entryOf) };
}

const reason = 'The requester was retired.';

const closed = (escalation: Escalation, now: Date): Escalation => ({
  ...escalation,
  version: escalation.version + 1,
  state: 'cancelled',
  closed_at: now.toISOString(),
  closing_reason: reason,
});

const entryOf = (escalation: Escalation) => ({
  action_type: 'escalation' as const,
  domain: escalation.domain,
  subject: `escalation/${escalation.id}`,
  sequence: escalation.version,
  summary: `Cancelled: ${escalation.summary}`,
  details: { decision: 'cancelled', reasoning: reason },
  classification: escalation.classification,
  retention: 'significant' as const,
  event: fact(escalationCancelled, {
    escalation_id: escalation.id,
    decision_id: escalation.decision_id,
    reason,
    concerns: [escalation.domain],
  }),
});
