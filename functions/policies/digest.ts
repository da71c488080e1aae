import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { PolicyDocument } from './contract.ts';

/** SHA-256, lower-case hex, over the RFC 8785 canonical JSON of the policies by id: a set has no order. */
export function policySetDigest(policies: readonly PolicyDocument[]): string {
  const sorted = policies.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return createHash('sha256')
    .update(String(canonicalize(sorted)))
    .digest('hex');
}
