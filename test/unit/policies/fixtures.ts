import { readFileSync, readdirSync } from 'node:fs';
import type {
  PolicyDocument,
  PolicyLayer,
  PolicyRequest,
  PolicySetVersion,
} from '../../../functions/policies/contract.ts';
import { policySetDigest } from '../../../functions/policies/digest.ts';
import { parsePolicyFile } from '../../../functions/policies/policy-file.ts';

const PACK = new URL('../../../policies/', import.meta.url);

/** The starter pack as it lies on disk. */
export function starterPack(): PolicyDocument[] {
  return readdirSync(PACK)
    .filter((name) => name.endsWith('.cedar'))
    .toSorted()
    .flatMap((name) => parsePolicyFile(readFileSync(new URL(name, PACK), 'utf8'), 'enterprise'));
}

export function versionOf(policies: PolicyDocument[], version = 1): PolicySetVersion {
  return {
    version,
    digest: policySetDigest(policies),
    created_at: '2026-11-01T09:00:00.000Z',
    created_by: 'human-ada',
    note: '',
    policies,
  };
}

/** One policy with its labels; `body` is everything from `permit` or `forbid` on. */
export function aPolicy(id: string, body: string, layer: PolicyLayer = 'enterprise', notes = ''): PolicyDocument {
  const title = `Policy ${id}`;
  const text = `@id("${id}") @title("${title}") @advice("Advice of ${id}") @kind("baseline") ${notes}\n${body}`;
  return { id, layer, title, kind: 'baseline', text };
}

export const PRINCIPALS = {
  agent: {
    id: 'agt-one',
    kind: 'agent',
    level: 'agent',
    domain: 'platform',
    team: 'checkout',
    roles: [],
    approved_tools: ['grep'],
  },
  domain: {
    id: 'orc-platform',
    kind: 'domain_orchestrator',
    level: 'domain',
    domain: 'platform',
    roles: [],
    approved_tools: [],
  },
  enterprise: { id: 'orc-all', kind: 'enterprise_orchestrator', level: 'enterprise', roles: [], approved_tools: [] },
  board: { id: 'human-ada', kind: 'human', level: 'board', roles: [], approved_tools: [] },
} as const satisfies Record<string, PolicyRequest['principal']>;

/** A change of a request: fields of `principal`, `target` and `context` are laid over, the rest is replaced. */
export interface Change {
  as?: keyof typeof PRINCIPALS;
  action?: PolicyRequest['action'];
  principal?: Partial<PolicyRequest['principal']>;
  target?: Partial<PolicyRequest['target']>;
  context?: Partial<PolicyRequest['context']>;
  estimate?: Partial<PolicyRequest['context']['estimate']>;
}

/** A small, ordinary decision of an agent about its own domain, changed as asked. */
export function aRequest(change: Change = {}): PolicyRequest {
  return {
    principal: { ...PRINCIPALS[change.as ?? 'agent'], ...change.principal },
    action: change.action ?? 'decide',
    target: { type: 'service', id: 'checkout-api', domain: 'platform', classification: 'internal', ...change.target },
    context: {
      decision_type: 'tactical_approach',
      classification: 'internal',
      now: '2026-11-02T10:00:00.000Z',
      estimate: {
        cost_micro_usd: 200_000,
        tokens: 20_000,
        api_calls: 40,
        storage_bytes: 1_048_576,
        wall_clock_seconds: 600,
        ...change.estimate,
      },
      ...change.context,
    },
  };
}

export const GOOD_EVIDENCE = {
  reviewers: 1,
  tests_passed: true,
  coverage_percent: 91,
  docs_updated: true,
  security_scan_passed: true,
} as const;

export const A_MESSAGE = { audience: 'internal', channel: 'mail', contains_personal_data: false } as const;
