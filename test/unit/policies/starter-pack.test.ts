import { describe, expect, it } from 'vitest';
import { type PolicyDocument, PolicyRequest } from '../../../functions/policies/contract.ts';
import { loadEvaluator } from '../../../functions/policies/evaluator.ts';
import { readPolicy } from '../../../functions/policies/policy-text.ts';
import { validatePolicySet } from '../../../functions/policies/validation.ts';
import { A_MESSAGE, type Change, GOOD_EVIDENCE, aRequest, starterPack, versionOf } from './fixtures.ts';
import { CASES } from './starter-pack-cases.ts';

const pack = starterPack();
const evaluate = (policies: PolicyDocument[], change: Change) =>
  loadEvaluator(versionOf(policies)).evaluate(PolicyRequest.parse(aRequest(change)));
const whole = loadEvaluator(versionOf(pack));
const ask = (change: Change) => whole.evaluate(PolicyRequest.parse(aRequest(change)));

/** The lists of POL-1, as the specification names them. */
const ITEMS = [
  'access_control/roles',
  'access_control/data_classification',
  'access_control/action_restrictions',
  'quality_standard/review',
  'quality_standard/test_thresholds',
  'quality_standard/docs',
  'quality_standard/security_checks',
  'communication_rule/external_communication',
  'communication_rule/sensitive_data',
  'communication_rule/escalation',
  'communication_rule/incident_reporting',
  'resource_limit/cost',
  'resource_limit/tokens',
  'resource_limit/api_calls',
  'resource_limit/storage',
  'resource_limit/wall_clock',
];

describe('starter pack', () => {
  it('[POL-1] is valid against the published schema', () => {
    expect(validatePolicySet(pack)).toEqual({ valid: true, faults: [] });
  });

  it.each(ITEMS)('[POL-1] has a policy for %s', (item) => {
    const covered = pack.filter(({ text, kind }) => {
      const read = readPolicy(text);
      return read.kind === 'policy' && read.policy.annotations?.covers === item && item.startsWith(kind);
    });
    expect(covered).not.toEqual([]);
  });

  it('[POL-1] has a case below for every policy', () => {
    expect(CASES.map(({ id }) => id).toSorted()).toEqual(pack.map(({ id }) => id).toSorted());
  });

  it.each(CASES)('[POL-1] $id alone turns its request to $verdict', ({ id, bites, verdict, without, given = [] }) => {
    const policy = pack.find((document) => document.id === id);
    const decided = evaluate([...pack, ...given], bites);
    expect(decided).toMatchObject({ effect: verdict, determining: [id], errors: [] });
    expect(policy?.text).toContain(decided.advice[0]);
    const rest = [...pack, ...given].filter((document) => document.id !== id);
    expect(evaluate(rest, bites)).toMatchObject({ effect: without, errors: [] });
  });

  it.each(CASES)('[POL-1] $id spares the nearest request', ({ id, spares, spared, given = [] }) => {
    const decided = evaluate([...pack, ...given], spares);
    expect(decided).toMatchObject({ effect: spared, errors: [] });
    expect(decided.determining).not.toContain(id);
  });
});

describe('starter pack beside the authority matrix', () => {
  const levels = ['agent', 'domain', 'enterprise'] as const;
  const decides = {
    agent: ['implementation_detail', 'tactical_approach', 'tool_selection'],
    domain: ['task_prioritization', 'team_composition', 'quality_tradeoff'],
    enterprise: ['resource_allocation', 'priority_conflict', 'policy_enforcement'],
  };
  const escalated = {
    agent: ['scope_change', 'external_communication', 'resource_request'],
    domain: ['budget_allocation', 'cross_domain_conflict', 'policy_exception'],
    enterprise: ['strategic_change', 'compliance_issue', 'major_incident'],
  };
  const rows = (table: Record<(typeof levels)[number], string[]>) =>
    levels.flatMap((as) => table[as].map((decision_type) => ({ as, decision_type })));

  it.each(rows(decides))('[AUT-3] allows $as to decide $decision_type', ({ as, decision_type }) => {
    expect(ask({ as, context: { decision_type } })).toMatchObject({ effect: 'allow', errors: [] });
  });

  it('[AUT-3] allows an agent to choose and call a tool of its list', () => {
    const chosen = ask({ action: 'call_tool', context: { decision_type: 'tool_selection', tool: 'grep' } });
    expect(chosen).toMatchObject({ effect: 'allow' });
  });

  const proposals: Change[] = [
    { action: 'decide' },
    { action: 'spend' },
    { action: 'communicate' },
    { action: 'communicate', context: { communication: { ...A_MESSAGE, audience: 'public' } } },
    {
      action: 'change_system',
      principal: { roles: ['operator'] },
      context: { evidence: { ...GOOD_EVIDENCE, incident_reported: true } },
    },
  ];

  it.each(rows(escalated))('[AUT-3] leaves $decision_type of $as to the matrix', ({ as, decision_type }) => {
    const effects = proposals.map(
      (proposal) => ask({ ...proposal, as, context: { ...proposal.context, decision_type } }).effect,
    );
    expect(effects).not.toContain('deny');
  });

  it.each(rows(escalated))('[AUT-3] lets the next level decide $decision_type', ({ as, decision_type }) => {
    const next = { agent: 'domain', domain: 'enterprise', enterprise: 'board' } as const;
    expect(ask({ as: next[as], context: { decision_type } })).toMatchObject({ effect: 'allow' });
  });

  it('[POL-1] denies personal data to the public at every level and for every action', () => {
    const communication = { ...A_MESSAGE, audience: 'public', contains_personal_data: true } as const;
    for (const as of ['agent', 'domain', 'enterprise', 'board'] as const) {
      for (const action of ['decide', 'communicate'] as const) {
        const denied = ask({ as, action, context: { decision_type: 'external_communication', communication } });
        expect(denied.effect).toBe('deny');
        expect(denied.determining).toContain('comm-personal-data');
      }
    }
  });

  it.each([
    ['cost_micro_usd', 1_000_000_000, 50_000_000_000],
    ['tokens', 50_000_000, 1_000_000_000],
    ['api_calls', 500_000, 10_000_000],
    ['storage_bytes', 1024 ** 4, 50 * 1024 ** 4],
    ['wall_clock_seconds', 7 * 86_400, 90 * 86_400],
  ] as const)('[POL-1] raises the ceiling of %s with the level, up to the board', (field, ofDomain, ofEnterprise) => {
    const estimate = (amount: number) => ({ estimate: { [field]: amount } });
    for (const [as, most] of [
      ['domain', ofDomain],
      ['enterprise', ofEnterprise],
    ] as const) {
      expect(ask({ as, ...estimate(most) })).toMatchObject({ effect: 'allow' });
      expect(ask({ as, ...estimate(most + 1) })).toMatchObject({ effect: 'escalate' });
    }
    expect(ask({ as: 'board', ...estimate(ofEnterprise + 1) })).toMatchObject({ effect: 'allow' });
  });

  it('[POL-1] asks for two reviewers of a change to something sensitive', () => {
    const change = (reviewers: number): Change => ({
      action: 'change_system',
      principal: { roles: ['operator'] },
      target: { classification: 'sensitive' },
      context: { evidence: { ...GOOD_EVIDENCE, reviewers } },
    });
    expect(ask(change(1))).toMatchObject({ effect: 'deny', determining: ['quality-review'] });
    expect(ask(change(2))).toMatchObject({ effect: 'allow' });
  });

  it('[POL-1] keeps a message about a sensitive target inside, also when its audience is not declared', () => {
    const target = { classification: 'sensitive' } as const;
    const messages = [{}, { context: { communication: { ...A_MESSAGE, audience: 'public' } } }] as const;
    for (const message of messages) {
      const said = ask({ as: 'domain', action: 'communicate', target, ...message });
      expect(said).toMatchObject({ effect: 'escalate', determining: ['comm-sensitive-content'] });
    }
    expect(ask({ as: 'enterprise', action: 'communicate', target })).toMatchObject({ effect: 'allow' });
  });

  it('[POL-1] holds a named tool and a described message to their rules under every action', () => {
    const communication = { ...A_MESSAGE, audience: 'partner' } as const;
    for (const action of ['decide', 'spend', 'access_data'] as const) {
      expect(ask({ action, context: { tool: 'drop_database' } }).determining).toEqual(['access-approved-tools']);
      expect(ask({ action, context: { communication } }).determining).toEqual(['comm-external']);
      const sensitive = { communication, classification: 'sensitive' } as const;
      expect(ask({ as: 'domain', action, context: sensitive }).determining).toEqual(['comm-sensitive-content']);
    }
  });

  it('[POL-1] denies a change that brings no evidence at all', () => {
    const bare = ask({ action: 'change_system', principal: { roles: ['operator'] } });
    expect(bare).toMatchObject({ effect: 'deny', errors: [] });
    expect(bare.determining).toContain('quality-review');
  });
});
