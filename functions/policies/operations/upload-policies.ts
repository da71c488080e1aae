import { type Fault, Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import { upload } from '../changes.ts';
import type { PolicyDocument, PolicyFault, PolicySetVersion, PolicyVersionSummary, routes } from '../contract.ts';
import { policySetDigest } from '../digest.ts';
import { requireGovernor } from '../guards.ts';
import { summaryOf } from '../lifecycle-model.ts';
import { type PoliciesStore } from '../store.ts';
import { validatePolicySet } from '../validation.ts';

/** A DynamoDB item takes 400 KB; its names and keys need some of it. */
const largestSetBytes = 390_000;
const attempts = 8;

/** Stores a valid set as the next version, or answers the version that it has already. */
export async function uploadPolicies(
  deps: { store: PoliciesStore },
  call: Call<(typeof routes)['uploadPolicies']>,
): Promise<PolicyVersionSummary> {
  const { actor, now, body } = call;
  requireGovernor(actor);
  requireValid(body.policies);
  const digest = policySetDigest(body.policies);
  for (let attempt = 1; ; attempt += 1) {
    const known = await deps.store.byDigest(digest);
    if (known !== undefined) return stored(deps.store, known);
    const { labels } = await deps.store.labels(1);
    const version = (labels[0]?.version ?? 0) + 1;
    const created = { created_at: now.toISOString(), created_by: actor.id };
    const set: PolicySetVersion = { version, digest, ...created, note: body.note, policies: body.policies };
    try {
      return await call.commit(upload(set), summaryOf(set, undefined));
    } catch (error) {
      // Somebody else's upload was given the number, or was of the same set; the next look finds out which.
      if (!(error instanceof Problem) || error.code !== 'AlreadyExists') throw error;
      if (attempt === attempts) throw new Problem('VersionConflict', 'Too many uploads at once; try again.');
    }
  }
}

async function stored(store: PoliciesStore, version: number): Promise<PolicyVersionSummary> {
  const { active, label } = await store.activeAnd(version);
  if (!label) throw new Error(`version ${version} has a digest and no label`);
  return summaryOf(label, active);
}

function requireValid(policies: readonly PolicyDocument[]): void {
  const bytes = Buffer.byteLength(JSON.stringify(policies));
  if (bytes > largestSetBytes) {
    const detail = `The set has ${bytes} bytes; a version takes ${largestSetBytes}.`;
    throw new Problem('InvalidPolicies', detail, { faults: [{ pointer: '/body/policies', detail }] });
  }
  const { valid, faults } = validatePolicySet(policies);
  if (valid) return;
  const placed = faults.slice(0, 50).map((fault) => placedIn(policies, fault));
  throw new Problem('InvalidPolicies', `${placed[0]?.pointer}: ${placed[0]?.detail}`, { faults: placed });
}

function placedIn(policies: readonly PolicyDocument[], { policy_id, message, line, column }: PolicyFault): Fault {
  const at = policies.findIndex(({ id }) => id === policy_id);
  const place = line === undefined ? '' : `${line}:${column ?? 1} `;
  return { pointer: at < 0 ? '/body/policies' : `/body/policies/${at}/text`, detail: `${place}${message}` };
}
