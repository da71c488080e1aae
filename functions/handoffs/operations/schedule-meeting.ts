import type { Call } from '../../shared/serve.ts';
import { amending } from '../changes.ts';
import type { Handoff, routes } from '../contract.ts';
import { decided, readable, requireVersion } from '../guards.ts';
import { withMeeting } from '../model.ts';
import type { Deps } from '../ports.ts';

export async function scheduleMeeting(deps: Deps, call: Call<(typeof routes)['scheduleMeeting']>): Promise<Handoff> {
  const { params, body, actor, now, version } = call;
  const before = await readable(deps, params.id, actor);
  const next = decided(withMeeting(before, body, actor, now));
  requireVersion(version, before);
  return call.commit(amending(before, next, ['/meeting']), next);
}
