import { describe, expect, it } from 'vitest';
import type { PolicyDocument, PolicyRequest } from '../../../functions/policies/contract.ts';
import { loadEvaluator } from '../../../functions/policies/evaluator.ts';
import { explanationOf } from '../../../functions/policies/operations/evaluate-policies.ts';
import { aPolicy, aRequest, starterPack, versionOf } from './fixtures.ts';

function explained(policies: PolicyDocument[], request: PolicyRequest) {
  const set = versionOf(policies);
  const evaluator = loadEvaluator(set);
  const verdict = evaluator.evaluate(request);
  return { verdict, ...explanationOf({ set, evaluator }, request, verdict) };
}

const texts = (clauses: readonly { text: string }[] = []): string[] => clauses.map(({ text }) => text);
const permitAll = aPolicy('permit-all', 'permit (principal, action, resource);');

describe('the policies that decided', () => {
  it('[POL-6] are explained by the parts that held, of an "or" only those', () => {
    const body =
      'forbid (principal, action, resource) when { (context.estimate.tokens > 5 || context has tool) && principal.level == "agent" };';
    const { determining } = explained([permitAll, aPolicy('no', body)], aRequest());
    expect(determining.map(({ policy_id }) => policy_id)).toEqual(['no']);
    expect(texts(determining[0]?.clauses)).toEqual(['context.estimate.tokens > 5', 'principal.level == "agent"']);
  });

  it('[POL-6] are explained by what kept their exception away', () => {
    const body = 'forbid (principal, action, resource) unless { context has tool && context.tool == "grep" };';
    const { determining } = explained([permitAll, aPolicy('no', body)], aRequest());
    // Without a tool its name cannot be asked for: the first part alone is false.
    expect(texts(determining[0]?.clauses)).toEqual(['context has tool']);
    expect(determining[0]?.clauses[0]).toMatchObject({ part: 'unless', holds: false });
  });

  it('[POL-6] without a condition are explained by their head', () => {
    const { determining } = explained([permitAll], aRequest());
    expect(determining[0]?.clauses).toMatchObject([{ part: 'whole', text: 'permit (principal, action, resource)' }]);
    const agents = aPolicy('agents', 'permit (principal is Orchestra::Agent, action, resource);');
    expect(explained([agents], aRequest()).determining[0]?.clauses).toMatchObject([
      { part: 'scope', text: 'principal is Orchestra::Agent', holds: true },
    ]);
  });
});

it('[POL-6] where nothing permits, every permit says what it lacks', () => {
  const request = aRequest({ target: { domain: 'product' } });
  const { verdict, unmet, determining } = explained(
    starterPack().filter(({ kind }) => kind === 'baseline'),
    request,
  );
  expect(verdict).toMatchObject({ effect: 'deny', determining: [] });
  expect(determining).toEqual([]);
  expect(unmet.map(({ policy_id, clauses }) => [policy_id, ...texts(clauses)])).toEqual([
    ['base-own-domain', 'principal in resource.domain'],
    ['base-enterprise-orchestrator', 'principal is Orchestra::Orchestrator in Orchestra::Enterprise::"enterprise"'],
    ['base-people', 'principal is Orchestra::Human'],
    ['base-raise-conflict', 'principal is Orchestra::Orchestrator'],
  ]);
});

it('[POL-6] counts lines from 1, columns in characters', () => {
  const body = 'permit (principal, action, resource)\nwhen {\n  "💥" == "💥" && context.estimate.tokens < 5\n};';
  const { unmet } = explained([aPolicy('few', body)], aRequest());
  expect(unmet[0]?.clauses).toMatchObject([{ text: 'context.estimate.tokens < 5', line: 4, column: 17 }]);
});

it('[POL-6] explains nothing where the policies cannot be evaluated: the errors do', () => {
  const body =
    'forbid (principal, action, resource) when { context.estimate.tokens * 9007199254740991 * 9007199254740991 > 1 };';
  const { verdict, flips, search } = explained([permitAll, aPolicy('over', body)], aRequest());
  expect(verdict.errors).toHaveLength(1);
  expect({ flips, search }).toEqual({ flips: [], search: { size: 0, exhaustive: false, evaluations: 0 } });
});
