import type { Commit } from '../../shared/commit.ts';
import type { Delivery } from '../../shared/consume.ts';
import { fact } from '../../shared/contract.ts';
import { type Escalation, escalationCancelled } from '../contract.ts';
import { personalInEscalation } from '../personal.ts';
import { type Authority, writes } from '../store.ts';

type Deps = { store: Pick<Authority, 'requestedBy'>; commit: Commit };

/** Few enough for one transaction, with the record of the event: two members each. */
const atOnce = 40;

/** Closes the open escalations of a requester that was retired: nobody is left to act on a decision. */
export async function cancelEscalations(deps: Deps, requester: string, delivery: Delivery): Promise<void> {
  const { now, trace } = delivery;
  let open = await deps.store.requestedBy(requester, atOnce);
  while (open.length === atOnce) {
    // More than fit one transaction: each lot is whole in itself, and a delivery that breaks off is resumed.
    await deps.commit(cancellation(open, now), { actor: 'orchestra_authority', now, trace });
    open = await deps.store.requestedBy(requester, atOnce);
  }
  await delivery.commit(cancellation(open, now));
}

function cancellation(open: readonly Escalation[], now: Date) {
  const cancelled = open.map((escalation) => closed(escalation, now));
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
  personal: personalInEscalation(escalation),
  event: fact(escalationCancelled, {
    escalation_id: escalation.id,
    decision_id: escalation.decision_id,
    reason,
    concerns: [escalation.domain],
  }),
});
