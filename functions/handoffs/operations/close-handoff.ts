import { onLatest } from '../../shared/again.ts';
import type { Call } from '../../shared/serve.ts';
import { closing } from '../changes.ts';
import type { Handoff, routes } from '../contract.ts';
import { closedEarly } from '../end-model.ts';
import { decided, delivered, readable } from '../guards.ts';
import { ended } from '../messages.ts';
import type { Deps } from '../ports.ts';
import { joined } from '../../shared/commit.ts';

/** Ends the support window before its time. */
export const closeHandoff = (deps: Deps, call: Call<(typeof routes)['closeHandoff']>): Promise<Handoff> =>
  onLatest(async () => {
    const { params, actor, now } = call;
    const before = await readable(deps, params.id, actor);
    const next = decided(closedEarly(before, actor, now));
    return call.commit(joined(closing(before, next), ...delivered(deps.inbox, ended(next, 'closed'), now)), next);
  });
