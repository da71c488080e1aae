import * as z from 'zod';
import { DecisionType } from '../authority/contract.ts';
import { DelegationId, PrincipalId, Timestamp } from '../shared/ids.ts';

const types = z.array(DecisionType).min(1).max(50);
const cost = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Longest chain of delegations. */
export const deepest = 5;

export const Delegation = z
  .strictObject({
    id: DelegationId,
    version: z.int().min(1),
    state: z.literal(['active', 'revoked']),
    from: PrincipalId,
    to: PrincipalId,
    types: types.meta({ description: 'Decision types that the delegate may decide on.' }),
    max_cost_micro_usd: cost.nullable().meta({ description: 'Ceiling of the estimated cost; null for none.' }),
    parent: DelegationId.nullable().meta({ description: 'Delegation that this one passes on a part of.' }),
    ancestors: z.array(DelegationId).max(deepest),
    path: z.array(PrincipalId).min(1).max(deepest).meta({ description: 'Delegators, first one first.' }),
    persons: z.array(z.string()).max(deepest).meta({
      description: 'Fingerprints of the credentials of those delegators who are people.',
    }),
    domain: z.string(),
    created_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Timestamp.nullable(),
  })
  .meta({ id: 'Delegation' });
export type Delegation = z.output<typeof Delegation>;

export const NewDelegation = z
  .strictObject({
    to: PrincipalId,
    types,
    max_cost_micro_usd: cost.optional(),
    parent: DelegationId.optional().meta({ description: 'Passes on a part of what was delegated to the caller.' }),
    expires_at: Timestamp.meta({ description: 'At most 30 days from now, and not after the parent.' }),
  })
  .meta({ id: 'NewDelegation' });
export type NewDelegation = z.output<typeof NewDelegation>;
