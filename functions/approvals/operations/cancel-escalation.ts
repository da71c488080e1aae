import { onLatest } from '../../shared/again.ts';
import { Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import { closing } from '../changes.ts';
import type { Escalation, routes } from '../contract.ts';
import type { Delegations } from '../delegation-store.ts';
import { cancelled } from '../model.ts';
import type { Store } from '../store.ts';
import { getEscalation } from './get-escalation.ts';

type Deps = { store: Store; delegations: Delegations };

/** Withdraws a request before it is decided, by the principal that made it. */
export const cancelEscalation = (deps: Deps, call: Call<(typeof routes)['cancelEscalation']>): Promise<Escalation> =>
  onLatest(async () => {
    const { actor, now } = call;
    const escalation = await getEscalation(deps, call.params.id, actor, now);
    if (escalation.requested_by !== actor.id) {
      throw new Problem('NotTheRequester', `${escalation.requested_by} requested it.`);
    }
    const next = cancelled(escalation, call.body.reason, now);
    if (!next) throw new Problem('EscalationClosed', `It is ${escalation.state}.`);
    return call.commit(closing(next, actor.domain, now), next);
  });
