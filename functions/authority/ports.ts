import type { PolicyRequest, PolicyVerdict } from '../policies/contract.ts';
import type { Item, Key } from '../shared/dynamo.ts';

/** What the authority slice asks of the policies slice. */
export type Policies = {
  /** Record that names the version in force; read in the same batch as the caller. */
  activeKey: Key;
  /** The verdict of that version. Never throws for a policy's sake: what cannot be evaluated denies. */
  evaluate: (active: Item | undefined, request: PolicyRequest) => Promise<PolicyVerdict>;
};
