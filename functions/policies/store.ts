import type { Change } from '../shared/commit.ts';
import { fact } from '../shared/contract.ts';
import { bare, type Item, type Key, type Table } from '../shared/dynamo.ts';
import { ActivePolicies, policiesActivated, PolicySetVersion } from './contract.ts';

export const keys = {
  /** P1 The version in force: a pointer, small enough to be read with every decision. */
  active: (): Key => ({ pk: 'policies#active', sk: 'pointer' }),
  /** P2 One version, whole; never written twice. */
  version: (version: number): Key => ({ pk: `policies#version#${version}`, sk: 'set' }),
} as const;

/** The pointer as it was read; undefined when there is none or it cannot be read. */
export const activeFrom = (item: Item | undefined): ActivePolicies | undefined =>
  item ? ActivePolicies.safeParse(bare(item)).data : undefined;

/** Questions of the policies slice. */
export const policiesStore = (table: Table) => ({
  active: async (): Promise<ActivePolicies | undefined> => activeFrom((await table.getMany([keys.active()]))[0]),
  /** One version; undefined when there is none or it cannot be read. */
  version: async (version: number): Promise<PolicySetVersion | undefined> => {
    const [item] = await table.getMany([keys.version(version)]);
    return item && PolicySetVersion.safeParse(bare(item)).data;
  },
});

export type PoliciesStore = ReturnType<typeof policiesStore>;

/** The change that writes a new version and puts it in force. `before` is the pointer as it was read. */
export function activation(set: PolicySetVersion, before: ActivePolicies | undefined, why: string): Change {
  const version = (before?.version ?? 0) + 1;
  const pointer: ActivePolicies = {
    version,
    policy_version: set.version,
    digest: set.digest,
    activated_at: set.created_at,
  };
  return {
    writes: [
      { kind: 'create', key: keys.version(set.version), item: set },
      before
        ? { kind: 'replace', key: keys.active(), item: pointer, version: before.version }
        : { kind: 'create', key: keys.active(), item: pointer },
    ],
    entries: [
      {
        action_type: 'execution',
        domain: 'enterprise',
        subject: 'policies/active',
        sequence: version,
        summary: `Policy version ${set.version} came into force: ${set.policies.length} policies`,
        details: { reasoning: why, outcome: set.digest },
        policy_version: set.version,
        retention: 'compliance',
        event: fact(policiesActivated, { policy_version: set.version, digest: set.digest, concerns: ['enterprise'] }),
      },
    ],
  };
}
