import type { PolicyDocument, PolicyVerdict } from '../../../functions/policies/contract.ts';
import { A_MESSAGE, type Change, GOOD_EVIDENCE, aPolicy } from './fixtures.ts';

/** One policy of the pack, and what it alone changes. */
export interface Case {
  id: string;
  /** The request on which the policy decides. */
  bites: Change;
  verdict: PolicyVerdict['effect'];
  /** The same request to the pack without this policy. */
  without: PolicyVerdict['effect'];
  /** The nearest request on which it does not decide, and the verdict there. */
  spares: Change;
  spared: PolicyVerdict['effect'];
  /** Policies without which nothing would reach this one. */
  given?: PolicyDocument[];
}

const operator = { roles: ['operator'] };
const change = (evidence: object = {}): Change => ({
  action: 'change_system',
  principal: operator,
  context: { evidence: { ...GOOD_EVIDENCE, ...evidence } },
});
const say = (message: object = {}, rest: object = {}): Change => ({
  action: 'communicate',
  context: { communication: { ...A_MESSAGE, ...message }, ...rest },
});
const forbids = (id: string, bites: Change, spares: Change): Case => ({
  id,
  bites,
  verdict: 'deny',
  without: 'allow',
  spares,
  spared: 'allow',
});
const escalates = (id: string, bites: Change, spares: Change): Case => ({
  ...forbids(id, bites, spares),
  verdict: 'escalate',
});
const permits = (id: string, bites: Change, spares: Change): Case => ({
  id,
  bites,
  verdict: 'allow',
  without: 'deny',
  spares,
  spared: 'deny',
});

const baseline: Case[] = [
  permits('base-own-domain', {}, { target: { domain: 'product' } }),
  permits('base-enterprise-orchestrator', { as: 'enterprise' }, { as: 'domain', target: { domain: 'product' } }),
  permits('base-people', { as: 'board' }, { as: 'board', principal: { level: 'domain' } }),
  permits(
    'base-raise-conflict',
    { as: 'domain', target: { domain: 'product' }, context: { decision_type: 'cross_domain_conflict' } },
    { as: 'domain', target: { domain: 'product' }, context: { decision_type: 'task_prioritization' } },
  ),
];

const generous = aPolicy(
  'generous',
  'permit(principal in Orchestra::Domain::"platform", action, resource);',
  'domain:platform',
);

const access: Case[] = [
  forbids('access-operator-role', { ...change(), principal: { roles: ['reader'] } }, change()),
  forbids(
    'access-auditor-reads',
    { as: 'board', principal: { roles: ['auditor'] } },
    { as: 'board', principal: { roles: ['auditor'] }, action: 'access_data' },
  ),
  forbids(
    'access-sensitive-data',
    { action: 'access_data', target: { classification: 'sensitive' } },
    { action: 'access_data', target: { classification: 'sensitive' }, principal: { roles: ['sensitive_data'] } },
  ),
  forbids(
    'access-approved-tools',
    { action: 'call_tool', context: { tool: 'drop_database' } },
    { action: 'call_tool', context: { tool: 'grep' } },
  ),
  { ...forbids('access-own-domain', { target: { domain: 'product' } }, {}), given: [generous] },
];

const quality: Case[] = [
  forbids('quality-review', change({ reviewers: 0 }), change({ reviewers: 1 })),
  forbids('quality-tests-pass', change({ tests_passed: false }), change()),
  escalates('quality-coverage', change({ coverage_percent: 79 }), change({ coverage_percent: 80 })),
  escalates('quality-docs', change({ docs_updated: false }), change()),
  forbids('quality-security-scan', change({ security_scan_passed: false }), change()),
];

const communication: Case[] = [
  escalates('comm-external', say({ audience: 'partner' }), say({ audience: 'partner', approved_template: true })),
  forbids(
    'comm-personal-data',
    { as: 'board', ...say({ audience: 'public', contains_personal_data: true }) },
    { as: 'board', ...say({ audience: 'public', contains_personal_data: false }) },
  ),
  escalates(
    'comm-sensitive-content',
    { as: 'domain', ...say({ audience: 'partner' }, { classification: 'sensitive' }) },
    { as: 'domain', ...say({ audience: 'internal' }, { classification: 'sensitive' }) },
  ),
  escalates(
    'comm-escalation',
    { as: 'domain', ...say({ audience: 'partner' }, { decision_type: 'major_incident' }) },
    { as: 'enterprise', ...say({ audience: 'partner' }, { decision_type: 'major_incident' }) },
  ),
  forbids(
    'comm-incident-report',
    { ...change(), context: { decision_type: 'major_incident', evidence: GOOD_EVIDENCE } },
    {
      ...change(),
      context: { decision_type: 'major_incident', evidence: { ...GOOD_EVIDENCE, incident_reported: true } },
    },
  ),
];

const ceiling = (id: string, field: keyof NonNullable<Change['estimate']>, most: number): Case =>
  escalates(id, { estimate: { [field]: most + 1 } }, { estimate: { [field]: most } });

const limits: Case[] = [
  ceiling('limit-cost', 'cost_micro_usd', 50_000_000),
  ceiling('limit-tokens', 'tokens', 2_000_000),
  ceiling('limit-api-calls', 'api_calls', 10_000),
  ceiling('limit-storage', 'storage_bytes', 10 * 1024 ** 3),
  ceiling('limit-wall-clock', 'wall_clock_seconds', 8 * 3600),
];

export const CASES: readonly Case[] = [...baseline, ...access, ...quality, ...communication, ...limits];
