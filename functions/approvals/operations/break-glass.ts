import { onLatest } from '../../shared/again.ts';
import { Problem } from '../../shared/errors.ts';
import { newIdOf } from '../../shared/ids.ts';
import type { Call } from '../../shared/serve.ts';
import { decideBreakGlass } from '../break-glass-model.ts';
import type { Reviews } from '../break-glass-store.ts';
import { closing } from '../changes.ts';
import type { BreakGlass, routes } from '../contract.ts';
import { barredBy } from '../delegation-model.ts';
import type { Delegations } from '../delegation-store.ts';
import { livingVotes } from '../living.ts';
import { used } from '../reviews.ts';
import type { Store } from '../store.ts';
import { joined } from '../../shared/commit.ts';

type Deps = { store: Store; delegations: Delegations; reviews: Reviews };

/** Approves one escalation by one person, at once and for a while, and opens the review that must follow. */
export const breakGlass = (deps: Deps, call: Call<(typeof routes)['breakGlass']>): Promise<BreakGlass> =>
  onLatest(async () => {
    const { actor, body, now } = call;
    const escalation = await deps.store.escalation(body.escalation_id);
    if (!escalation) throw new Problem('NotFound', `There is no escalation ${body.escalation_id}.`);
    const [delegators, open, home, alive] = await Promise.all([
      deps.delegations.delegatorsOf(escalation.requested_by),
      deps.reviews.openOf(actor.id),
      deps.delegations.homeOf(escalation.requested_by),
      livingVotes(deps.delegations, escalation, now),
    ]);
    const barred = barredBy(delegators, escalation);
    const id = newIdOf('bgl');
    const decided = decideBreakGlass({ id, escalation, by: actor, wanted: body, barred, alive, open, now });
    if (decided.kind === 'refuse') throw new Problem(decided.why, decided.detail);
    const { next, review } = decided;
    return call.commit(joined(closing(next, home ?? next.domain, now), used(review)), review);
  });
