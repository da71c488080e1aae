import { matrixChanged } from '../authority/contract.ts';
import { defaultRows } from '../authority/matrix.ts';
import { keys as authorityKeys, matrixFrom } from '../authority/store.ts';
import { rootPrincipal } from '../directory/root.ts';
import { activation, upload } from '../policies/changes.ts';
import type { ActivePolicies } from '../policies/contract.ts';
import { policySetDigest } from '../policies/digest.ts';
import { pointerTo } from '../policies/lifecycle-model.ts';
import { parsePolicyFile } from '../policies/policy-file.ts';
import { type PoliciesStore, policiesStore } from '../policies/store.ts';
import { validatePolicySet } from '../policies/validation.ts';
import type { Change, CommitContext } from '../shared/commit.ts';
import { fact } from '../shared/contract.ts';
import { Problem } from '../shared/errors.ts';
import { admissionKeys } from '../shared/principal.ts';
import type { Core } from '../shared/runtime.ts';
import { continueTrace } from '../shared/trace.ts';

/** Actor of what a deployment brings. */
export const seedActor = 'orchestra_seed';

export type Seeds = { operatorClientId: string; policyFiles: readonly string[] };

/**
 * Brings what a control plane needs before anyone can use it: the matrix, the starter policies, the first human.
 * What exists is left alone, but for policies that nobody but a deployment has ever set: those follow the pack.
 * @returns what was written, in order; empty when a deployment changed nothing
 */
export async function seed(core: Core, seeds: Seeds): Promise<string[]> {
  const written = [await seedMatrix(core), await seedPolicies(core, seeds.policyFiles), await seedRoot(core, seeds)];
  return written.filter((one) => one !== undefined);
}

async function seedMatrix(core: Core): Promise<string | undefined> {
  const [stored] = await core.state.getMany([authorityKeys.matrix()]);
  if (matrixFrom(stored)) return undefined;
  const now = core.now();
  const item = { version: 1, rows: defaultRows, changed_at: now.toISOString() };
  return once(core, 'matrix', {
    writes: [{ kind: 'create', key: authorityKeys.matrix(), item }],
    entries: [
      {
        action_type: 'execution',
        domain: 'enterprise',
        subject: 'matrix/active',
        sequence: 1,
        summary: `Authority matrix version 1 came into force: ${defaultRows.length} rows`,
        details: { reasoning: 'Default of a new deployment.' },
        retention: 'compliance',
        event: fact(matrixChanged, { version: 1, rows: defaultRows.length, concerns: ['enterprise'] }),
      },
    ],
  });
}

async function seedPolicies(core: Core, files: readonly string[]): Promise<string | undefined> {
  const policies = files.flatMap((text) => parsePolicyFile(text, 'enterprise'));
  const report = validatePolicySet(policies);
  if (!report.valid) throw new Error(`the starter pack is not valid: ${JSON.stringify(report.faults.slice(0, 5))}`);
  const store = policiesStore(core.state);
  const before = await store.active();
  const digest = policySetDigest(policies);
  if (before?.digest === digest) return undefined;
  if (before && (await activatedBy(before, store)) !== seedActor) return undefined;
  const now = core.now();
  const known = await store.byDigest(digest);
  const version = known ?? ((await store.labels(1)).labels[0]?.version ?? 0) + 1;
  const note = 'Starter pack of the deployment.';
  const set = { version, digest, created_at: now.toISOString(), created_by: seedActor, note, policies };
  const brought = activation(pointerTo(set, before, seedActor, now), before, note);
  const { writes, entries } = known === undefined ? upload(set) : { writes: [], entries: [] };
  return once(core, `policies ${version}`, {
    writes: [...writes, ...brought.writes],
    entries: [...entries, ...brought.entries],
  });
}

/** Pointers of before this was kept on them say it by their version. */
const activatedBy = async (
  { activated_by, policy_version }: ActivePolicies,
  store: PoliciesStore,
): Promise<string | undefined> => activated_by ?? (await store.version(policy_version))?.created_by;

async function seedRoot(core: Core, { operatorClientId }: Seeds): Promise<string | undefined> {
  const root = rootPrincipal(operatorClientId, core.now());
  const [stored] = await core.state.getMany([admissionKeys.principal(root.id)]);
  return stored ? undefined : once(core, 'root principal', root.change);
}

/** Two deployments may seed at once; the one that comes second finds the work done. */
async function once(core: Core, what: string, change: Change): Promise<string | undefined> {
  const context: CommitContext = { actor: seedActor, now: core.now(), trace: continueTrace(undefined) };
  try {
    await core.commit(change, context);
    return what;
  } catch (error) {
    if (error instanceof Problem && (error.code === 'AlreadyExists' || error.code === 'VersionConflict'))
      return undefined;
    throw error;
  }
}
