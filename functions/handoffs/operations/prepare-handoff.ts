import { onLatest } from '../../shared/again.ts';
import type { Call } from '../../shared/serve.ts';
import { amending, joined, offering } from '../changes.ts';
import type { Handoff, routes } from '../contract.ts';
import { decided, delivered, readable, requireVersion } from '../guards.ts';
import { offered as offeredMessage } from '../messages.ts';
import { changedParts, offered, withEvidence, withMeeting, withPackage } from '../model.ts';
import type { Deps } from '../ports.ts';

/** Which of some key decisions name nothing that was recorded. */
export type Unknown = (ids: readonly string[]) => Promise<ReadonlySet<string>>;

/** Sets or replaces parts of the package. */
export async function changePackage(deps: Deps, call: Call<(typeof routes)['changePackage']>): Promise<Handoff> {
  const { params, body, actor, now, version } = call;
  const before = await readable(deps, params.id, actor);
  const next = decided(withPackage(before, body, actor, now));
  requireVersion(version, before);
  const changed = changedParts(before, body).map((part) => `/package/${part}`);
  if (changed.length === 0) return before;
  return call.commit(amending(before, next, changed), next);
}

export async function scheduleMeeting(deps: Deps, call: Call<(typeof routes)['scheduleMeeting']>): Promise<Handoff> {
  const { params, body, actor, now, version } = call;
  const before = await readable(deps, params.id, actor);
  const next = decided(withMeeting(before, body, actor, now));
  requireVersion(version, before);
  return call.commit(amending(before, next, ['/meeting']), next);
}

export const provePrerequisite = (deps: Deps, call: Call<(typeof routes)['provePrerequisite']>): Promise<Handoff> =>
  onLatest(async () => {
    const { params, body, actor, now } = call;
    const before = await readable(deps, params.id, actor);
    const next = decided(withEvidence(before, params.name, body.evidence, actor, now));
    const at = next.prerequisites.findIndex(({ name }) => name === params.name);
    return call.commit(amending(before, next, [`/prerequisites/${at}`], body.evidence), next);
  });

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
