import type { PolicyRequest, PolicyVerdict } from '../policies/contract.ts';
import type { Change } from '../shared/commit.ts';
import type { Item, Key } from '../shared/dynamo.ts';
import type { Actor } from '../shared/principal.ts';
import type { ApprovalRequest, Granted } from './contract.ts';

/** What the authority slice asks of the policies slice. */
export type Policies = {
  /** Record that names the version in force; read in the same batch as the caller. */
  activeKey: Key;
  /** The verdict of that version. Never throws for a policy's sake: what cannot be evaluated denies. */
  evaluate: (active: Item | undefined, request: PolicyRequest) => Promise<PolicyVerdict>;
};

/** What the authority slice asks of the approvals slice. */
export type Approvals = {
  /** The escalation of a decision, to be written in its transaction. */
  open: (request: ApprovalRequest) => Change;
  of: (escalationId: string) => Promise<Granted | undefined>;
  /** Delegators of a delegation that the actor may act under for this type now, first one first; undefined if it may not. */
  chainOf: (delegationId: string, actor: Actor, type: string, now: Date) => Promise<readonly string[] | undefined>;
};
