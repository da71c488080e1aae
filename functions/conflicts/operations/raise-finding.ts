import { onLatest } from '../../shared/again.ts';
import type { Delivery } from '../../shared/consume.ts';
import type { Write } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import { newIdOf } from '../../shared/ids.ts';
import { opening, recurring } from '../changes.ts';
import type { Party } from '../contract.ts';
import type { Finding } from '../detection-model.ts';
import { openedTo } from '../messages.ts';
import { opened, recurred } from '../model.ts';
import type { Units } from '../ports.ts';
import { partyIdOf } from '../speakers-model.ts';
import type { Store } from '../store.ts';
import { termsOf } from '../terms-model.ts';
import { joined } from '../../shared/commit.ts';
import type { InboxPort } from '../../approvals/contract.ts';

export type RaiseDeps = { store: Store; inbox: InboxPort; units: Pick<Units, 'domain'> };

/** The event in hand. */
export type Heard = { id: string; type: string };

/** Opens the conflict that an event has shown, or notes that it came up again. */
export async function raise(
  deps: RaiseDeps,
  finding: Finding,
  event: Heard,
  delivery: Delivery,
  beside: readonly Write[] = [],
): Promise<void> {
  const conflict = opened(
    {
      ...finding,
      id: newIdOf('cnf'),
      parties: await withSpeakers(deps.units, finding.parties),
      opened_by: 'orchestra_conflicts',
      detected_by: { event_id: event.id, event_type: event.type },
      terms: termsOf(finding.urgency),
    },
    delivery.now,
  );
  const known = await deps.store.openAbout(conflict);
  const before = known === undefined ? undefined : await deps.store.conflict(known);
  if (!before || before.step === 'documented') {
    const told = deps.inbox.deliver(openedTo(conflict), conflict.domain, delivery.now);
    return delivery.commit(joined({ writes: beside, entries: [] }, opening(conflict), told));
  }
  const next = recurred(before, finding.related_tasks);
  const again = next ? recurring(next, `${event.type} ${event.id}: ${finding.summary}`) : { writes: [], entries: [] };
  return delivery.commit(joined({ writes: beside, entries: [] }, again));
}

/** Who has to do with it speaks; across domains, the orchestrator of the domain as well. */
async function withSpeakers(units: Pick<Units, 'domain'>, parties: Finding['parties']): Promise<Party[]> {
  const isAcross = new Set(parties.map(({ domain }) => domain)).size > 1;
  return Promise.all(
    parties.map(async ({ domain, team, speakers }) => {
      const orchestrator = isAcross ? (await units.domain(domain))?.orchestrator : undefined;
      const all = [...new Set([...speakers, ...(orchestrator === undefined ? [] : [orchestrator])])];
      return { id: partyIdOf({ domain, team }), domain, team, speakers: all };
    }),
  );
}

const attempts = 4;

/** Looks, decides and writes once more when another delivery came first, or opened the same conflict. */
export async function againstOthers(task: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await onLatest(task);
    } catch (error) {
      if (attempt === attempts || !(error instanceof Problem && error.code === 'AlreadyExists')) throw error;
    }
  }
}
