import type {
  PolicyJson,
  PrincipalConstraint,
  PrincipalOrResourceInConstraint,
  TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyLayer } from './contract.ts';

export type LayerScope = { kind: 'enterprise' } | { kind: 'domain' | 'team'; id: string };

/** Whom a layer speaks about. */
export function layerScope(layer: PolicyLayer): LayerScope {
  if (layer === 'enterprise') return { kind: 'enterprise' };
  return layer.startsWith('domain:')
    ? { kind: 'domain', id: layer.slice('domain:'.length) }
    : { kind: 'team', id: layer.slice('team:'.length) };
}

/**
 * Why a policy may not stand in its layer, or undefined when it may. A domain or a team speaks about its own principals
 * only, and says so in the policy's head, where nothing in the conditions can undo it.
 */
export function foreignScope(layer: PolicyLayer, policy: PolicyJson): string | undefined {
  const scope = layerScope(layer);
  if (scope.kind === 'enterprise') return undefined;
  const type = scope.kind === 'domain' ? 'Orchestra::Domain' : 'Orchestra::Team';
  const named = ancestorOf(policy.principal);
  if (named !== undefined && named.type === type && named.id === scope.id) return undefined;
  return `a policy of layer ${layer} needs the scope \`principal in ${type}::"${scope.id}"\``;
}

function ancestorOf(constraint: PrincipalConstraint): TypeAndId | undefined {
  if (constraint.op === 'in') return entityOf(constraint);
  if (constraint.op === 'is' && constraint.in) return entityOf(constraint.in);
  return undefined;
}

function entityOf(constraint: PrincipalOrResourceInConstraint): TypeAndId | undefined {
  if (!('entity' in constraint)) return undefined;
  return '__entity' in constraint.entity ? constraint.entity.__entity : constraint.entity;
}
