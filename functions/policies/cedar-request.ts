import type {
  CedarValueJson,
  Context,
  EntityJson,
  StatefulAuthorizationCall,
  TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyPrincipal, PolicyRequest } from './contract.ts';
import { ENTERPRISE_ID } from './schema.ts';

const enterprise: TypeAndId = { type: 'Orchestra::Enterprise', id: ENTERPRISE_ID };
const domain = (id: string): TypeAndId => ({ type: 'Orchestra::Domain', id });
const team = (id: string): TypeAndId => ({ type: 'Orchestra::Team', id });

const typeOfKind = {
  agent: 'Orchestra::Agent',
  domain_orchestrator: 'Orchestra::Orchestrator',
  enterprise_orchestrator: 'Orchestra::Orchestrator',
  human: 'Orchestra::Human',
} as const;

/** The request in Cedar's terms, with no more entities than its answer can depend on. */
export function cedarRequest(
  request: PolicyRequest,
): Pick<StatefulAuthorizationCall, 'principal' | 'action' | 'resource' | 'context' | 'entities'> {
  const { principal, target } = request;
  const resource: TypeAndId = { type: 'Orchestra::Target', id: target.id };
  const actor: TypeAndId = { type: typeOfKind[principal.kind], id: principal.id };
  const entities: EntityJson[] = [
    { uid: actor, attrs: attributesOf(principal), parents: parentsOf(principal) },
    {
      uid: resource,
      attrs: { kind: target.type, classification: target.classification, domain: { __entity: domain(target.domain) } },
      parents: [domain(target.domain)],
    },
    { uid: domain(target.domain), attrs: {}, parents: [enterprise] },
    ...homeOf(principal, target.domain),
  ];
  return {
    principal: actor,
    action: { type: 'Orchestra::Action', id: request.action },
    resource,
    // The wasm build reads an undefined field as an absent one, which `Context` cannot say.
    context: request.context as Context,
    entities,
  };
}

function attributesOf({ kind, level, roles, approved_tools }: PolicyPrincipal): Record<string, CedarValueJson> {
  const attributes = { level, roles: [...roles] };
  return kind === 'agent' ? { ...attributes, approved_tools: [...approved_tools] } : attributes;
}

function parentsOf(principal: PolicyPrincipal): TypeAndId[] {
  switch (principal.kind) {
    case 'agent':
      return principal.team === undefined ? [] : [team(principal.team)];
    case 'domain_orchestrator':
      return principal.domain === undefined ? [] : [domain(principal.domain)];
    case 'enterprise_orchestrator':
    case 'human':
      return [enterprise];
  }
}

/** The principal's team and domain, without the domain that the target brought along: Cedar takes each entity once. */
function homeOf({ kind, domain: home, team: own }: PolicyPrincipal, known: string): EntityJson[] {
  if (home === undefined || (kind !== 'agent' && kind !== 'domain_orchestrator')) return [];
  return [
    ...(home === known ? [] : [{ uid: domain(home), attrs: {}, parents: [enterprise] }]),
    ...(own === undefined || kind !== 'agent' ? [] : [{ uid: team(own), attrs: {}, parents: [domain(home)] }]),
  ];
}
