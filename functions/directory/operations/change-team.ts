import type { Team } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import { changeOf } from '../facts.ts';
import { requireAuthority, requireStatus, requireVersion } from '../guards.ts';
import { merged, revised } from '../model.ts';
import { getTeam } from './get-records.ts';

/** Changes a team. Without a client its agents that have none of their own are refused until they get one. */
export async function changeTeam(deps: Deps, call: Asked<'changeTeam'>): Promise<Team> {
  const { actor, now, params, version } = call;
  const { reason, ...patch } = call.body;
  const before = await getTeam(deps, params.id);
  const target = { kind: 'team', id: before.id, domain: before.domain } as const;
  requireAuthority(actor, target);
  requireVersion(version, before.version);
  requireStatus(actor, target, before.status, patch.status);
  const after = revised(before, merged(before, patch), now);
  return after ? call.commit(changeOf([{ of: 'team', before, after }], { reason }), after) : before;
}
