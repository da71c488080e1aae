import { digestOf } from '../shared/digest.ts';
import type { PolicyDocument } from './contract.ts';

/** SHA-256, lower-case hex, over the RFC 8785 canonical JSON of the policies by id: a set has no order. */
export const policySetDigest = (policies: readonly PolicyDocument[]): string =>
  digestOf(policies.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
