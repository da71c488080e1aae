import { Problem } from '../../shared/errors.ts';
import type { PolicySetVersion } from '../contract.ts';
import type { PoliciesStore } from '../store.ts';

/** One version of the policy set: the one named, or the one in force. */
export async function getPolicySet(deps: { store: PoliciesStore }, named?: number): Promise<PolicySetVersion> {
  const version = named ?? (await deps.store.active())?.policy_version;
  const set = version === undefined ? undefined : await deps.store.version(version);
  if (!set) throw new Problem('NotFound', named ? `There is no version ${named}.` : 'No policy version is in force.');
  return set;
}
