import type { Call } from '../../shared/serve.ts';
import { amending } from '../changes.ts';
import type { Handoff, routes } from '../contract.ts';
import { decided, readable, requireVersion } from '../guards.ts';
import { changedParts, withPackage } from '../model.ts';
import type { Deps } from '../ports.ts';

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
