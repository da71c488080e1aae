import { Problem } from '../../shared/errors.ts';
import { newIdOf } from '../../shared/ids.ts';
import type { Call } from '../../shared/serve.ts';
import { opening } from '../changes.ts';
import type { Conflict, routes } from '../contract.ts';
import { openedTo } from '../messages.ts';
import { opened } from '../model.ts';
import { type PartyDeps, partiesOf, requireConcern } from '../parties.ts';
import type { Store } from '../store.ts';
import { shortened, termsOf } from '../terms-model.ts';
import { joined } from '../../shared/commit.ts';
import type { InboxPort } from '../../approvals/contract.ts';

type Deps = PartyDeps & { store: Store; inbox: InboxPort };
type OpenCall = Call<(typeof routes)['openConflict']>;

/** Raises a conflict; its parties are told in the same transaction. */
export async function openConflict(deps: Deps, call: OpenCall): Promise<Conflict> {
  const { body, actor, now } = call;
  requireConcern(actor, body.parties);
  requireTime(call);
  const parties = await partiesOf(deps, body, actor);
  const conflict = opened(
    {
      id: newIdOf('cnf'),
      type: body.type,
      subject: body.subject,
      summary: body.summary,
      context: body.context ?? '',
      classification: body.classification,
      urgency: body.urgency,
      parties,
      related_tasks: body.related_tasks,
      opened_by: actor.id,
      detected_by: null,
      terms: termsOf(body.urgency, body.terms),
    },
    now,
  );
  const before = await deps.store.openAbout(conflict);
  if (before !== undefined) throw new Problem('AlreadyExists', `${before} is open about the same between them.`);
  const told = deps.inbox.deliver(openedTo(conflict), conflict.domain, now);
  return call.commit(joined(opening(conflict), told), conflict);
}

function requireTime({ actor, body }: OpenCall): void {
  const faults = shortened(body.urgency, body.terms).map((step) => ({
    pointer: `/body/terms/${step}`,
    detail: `An agent may not shorten the time of ${body.urgency} conflicts.`,
  }));
  if (actor.kind === 'agent' && faults[0]) throw new Problem('InvalidFields', faults[0].detail, { faults });
}
