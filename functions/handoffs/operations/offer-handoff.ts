import { onLatest } from '../../shared/again.ts';
import type { Call } from '../../shared/serve.ts';
import { offering } from '../changes.ts';
import type { Handoff, routes } from '../contract.ts';
import { decided, delivered, readable } from '../guards.ts';
import { offered as offeredMessage } from '../messages.ts';
import { offered } from '../model.ts';
import type { Deps } from '../ports.ts';
import { joined } from '../../shared/commit.ts';

/** Which of some key decisions name nothing that was recorded. */
export type Unknown = (ids: readonly string[]) => Promise<ReadonlySet<string>>;

/** Offers what is complete. */
export const offerHandoff = (
  deps: Deps & { unknown: Unknown },
  call: Call<(typeof routes)['offerHandoff']>,
): Promise<Handoff> =>
  onLatest(async () => {
    const { params, actor, now } = call;
    const before = await readable(deps, params.id, actor);
    const unknown = await deps.unknown(before.package.key_decisions ?? []);
    const next = decided(offered(before, unknown, actor, now));
    return call.commit(joined(offering(before, next), ...delivered(deps.inbox, offeredMessage(next), now)), next);
  });
