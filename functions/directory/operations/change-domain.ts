import { Problem } from '../../shared/errors.ts';
import type { Domain } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import { changeOf } from '../facts.ts';
import { requireAuthority, requireSound, requireStatus, requireVersion } from '../guards.ts';
import { merged, revised } from '../model.ts';
import { orchestratorFaults } from '../placement.ts';
import { getDomain } from './get-records.ts';

/** Changes a domain. Who leads it, and whether it works at all, is decided above it. */
export async function changeDomain(deps: Deps, call: Asked<'changeDomain'>): Promise<Domain> {
  const { actor, now, params, version } = call;
  const { reason, ...patch } = call.body;
  const before = await getDomain(deps, params.id);
  const target = { kind: 'domain', id: before.id, domain: before.id } as const;
  requireAuthority(actor, target);
  if (actor.kind === 'domain_orchestrator' && patch.orchestrator !== undefined) {
    throw new Problem('PrincipalKindRefused', 'The orchestrator of a domain is appointed above the domain.');
  }
  requireVersion(version, before.version);
  requireStatus(actor, target, before.status, patch.status);
  if (patch.orchestrator) {
    const named = await deps.directory.principal(patch.orchestrator);
    requireSound(orchestratorFaults(before.id, patch.orchestrator, named));
  }
  const after = revised(before, merged(before, patch), now);
  return after ? call.commit(changeOf([{ of: 'domain', before, after }], { reason }), after) : before;
}
