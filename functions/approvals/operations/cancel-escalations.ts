import { type Commit, joined } from '../../shared/commit.ts';
import type { Delivery } from '../../shared/consume.ts';
import { closing } from '../changes.ts';
import type { Escalation } from '../contract.ts';
import { cancelled } from '../model.ts';
import type { Store } from '../store.ts';

type Deps = { store: Pick<Store, 'requestedBy'>; commit: Commit };

/** Few enough for one transaction, with the record of the event: five members each. */
const atOnce = 15;

const reason = 'The requester was retired.';

/**
 * Closes the open escalations of a requester that was retired: nobody is left to act on a decision.
 * @param home domain that it was retired from
 */
export async function cancelEscalations(
  deps: Deps,
  requester: string,
  home: string,
  delivery: Delivery,
): Promise<void> {
  const { now, trace } = delivery;
  let open = await deps.store.requestedBy(requester, atOnce);
  while (open.length === atOnce) {
    // More than fit one transaction: each lot is whole in itself, and a delivery that breaks off is resumed.
    await deps.commit(cancellation(open, home, now), { actor: 'orchestra_approvals', now, trace });
    open = await deps.store.requestedBy(requester, atOnce);
  }
  await delivery.commit(cancellation(open, home, now));
}

const cancellation = (open: readonly Escalation[], home: string, now: Date) =>
  joined(
    ...open.flatMap((escalation) => {
      const next = cancelled(escalation, reason, now);
      return next ? [closing(next, home, now)] : [];
    }),
  );
