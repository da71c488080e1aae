import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparisonsOf } from '../../../functions/policies/comparisons.ts';
import { PolicyContext, type PolicyDocument, PolicyRequest } from '../../../functions/policies/contract.ts';
import { loadEvaluator } from '../../../functions/policies/evaluator.ts';
import { type Json } from '../../../functions/policies/flip-candidates.ts';
import { contextFields, type Field } from '../../../functions/policies/flip-fields.ts';
import { changed } from '../../../functions/policies/flip-search.ts';
import { explanationOf } from '../../../functions/policies/operations/evaluate-policies.ts';
import { readPolicy } from '../../../functions/policies/policy-text.ts';
import { validatePolicySet } from '../../../functions/policies/validation.ts';
import { aPolicy, aRequest, GOOD_EVIDENCE, starterPack, versionOf } from './fixtures.ts';

const permitAll = aPolicy('permit-all', 'permit (principal, action, resource);');
const forbidding = (id: string, when: string): PolicyDocument =>
  aPolicy(id, `forbid (principal, action, resource) when { ${when} };`);

function flipsOf(policies: PolicyDocument[], request: PolicyRequest) {
  const set = versionOf(policies);
  const evaluator = loadEvaluator(set);
  const verdict = evaluator.evaluate(request);
  const { flips, search } = explanationOf({ set, evaluator }, request, verdict);
  const after = (at: number) => {
    const context = (flips[at]?.changes ?? []).reduce<Json>(
      (value, { pointer, to }) => changed(value, pointer, to),
      request.context as Json,
    );
    return evaluator.evaluate(PolicyRequest.parse({ ...request, context }));
  };
  return { verdict, flips, search, after };
}

/** Leaves of random conditions: one range, one text, one choice, flags; true and false for some context. */
const leaf = fc.oneof(
  fc
    .tuple(fc.constantFrom('<', '<=', '>', '>=', '==', '!='), fc.integer({ min: 0, max: 4 }))
    .map(([operator, number]) => `context.estimate.tokens ${operator} ${number}`),
  fc.constantFrom('a', 'b').map((name) => `context.decision_type == "kind_${name}"`),
  fc.constantFrom('public', 'internal', 'sensitive').map((one) => `context.classification == "${one}"`),
  fc.constant('(context has evidence && context.evidence.tests_passed)'),
  fc.integer({ min: 0, max: 2 }).map((number) => `(context has evidence && context.evidence.reviewers > ${number})`),
  fc.constant('(context has tool && context.tool == "grep")'),
);
const condition = fc
  .array(fc.tuple(leaf, fc.constantFrom('&&', '||')), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.map(([text, operator], at) => (at === 0 ? `(${text})` : `${operator} (${text})`)).join(' '))
  .map((text) => text);

const contexts = fc.record({
  tokens: fc.integer({ min: 0, max: 5 }),
  decision_type: fc.constantFrom('kind_a', 'kind_b', 'kind_c'),
  classification: fc.constantFrom('public', 'internal', 'sensitive'),
  evidence: fc.option(fc.record({ reviewers: fc.integer({ min: 0, max: 3 }), tests_passed: fc.boolean() })),
  tool: fc.option(fc.constantFrom('grep', 'other')),
});

const requestOf = ({ tokens, decision_type, classification, evidence, tool }: Drawn): PolicyRequest =>
  aRequest({
    estimate: { tokens },
    context: {
      decision_type,
      classification,
      ...(evidence ? { evidence: { ...GOOD_EVIDENCE, ...evidence } } : {}),
      ...(tool ? { tool } : {}),
    },
  });
type Drawn = typeof contexts extends fc.Arbitrary<infer T> ? T : never;

/** Every context that the leaves can tell apart: more than the search tries, all fields at once. */
function* everyContext(): Generator<Drawn> {
  for (const tokens of [0, 1, 2, 3, 4, 5])
    for (const decision_type of ['kind_a', 'kind_b', 'kind_c'] as const)
      for (const classification of ['public', 'internal', 'sensitive'] as const)
        for (const reviewers of [0, 1, 2, 3])
          for (const tests_passed of [true, false])
            for (const tool of ['grep', 'other', null] as const)
              yield { tokens, decision_type, classification, evidence: { reviewers, tests_passed }, tool };
}

const fieldsChanged = (a: PolicyRequest['context'], b: PolicyRequest['context']): number => {
  const keys = ['decision_type', 'classification', 'tool'] as const;
  const evidence = (one: PolicyRequest['context']) => JSON.stringify(one.evidence ?? null);
  const inner = (['reviewers', 'tests_passed'] as const).filter((key) => a.evidence?.[key] !== b.evidence?.[key]);
  return (
    keys.filter((key) => a[key] !== b[key]).length +
    Number(a.estimate.tokens !== b.estimate.tokens) +
    (a.evidence && b.evidence ? inner.length : Number(evidence(a) !== evidence(b)))
  );
};

describe('a claimed flip', () => {
  it('[POL-6] really flips, to the effect that is claimed', () => {
    fc.assert(
      fc.property(condition, condition, contexts, (one, two, drawn) => {
        const policies = [
          permitAll,
          forbidding('one', one),
          aPolicy('two', `permit (principal, action, resource) when { ${two} };`),
        ];
        if (!validatePolicySet(policies).valid) return;
        const { verdict, flips, search, after } = flipsOf(policies, requestOf(drawn));
        for (const [at, { effect, changes }] of flips.entries()) {
          expect(after(at)).toMatchObject({ effect, errors: [] });
          expect(effect).not.toBe(verdict.effect);
          expect(changes).toHaveLength(search.size);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('[POL-6] is as small as any, and none is missed where the search was exhaustive', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(condition, contexts, (when, drawn) => {
        const policies = [permitAll, forbidding('one', when)];
        if (!validatePolicySet(policies).valid) return;
        const request = requestOf(drawn);
        const { verdict, flips, search } = flipsOf(policies, request);
        if (!search.exhaustive) return;
        const evaluator = loadEvaluator(versionOf(policies));
        let smallest = Number.POSITIVE_INFINITY;
        for (const other of everyContext()) {
          const asked = requestOf(other);
          const distance = fieldsChanged(request.context, asked.context);
          if (distance < smallest && evaluator.evaluate(asked).effect !== verdict.effect) smallest = distance;
        }
        if (flips.length === 0) expect(smallest).toBeGreaterThan(3);
        else expect(search.size).toBeLessThanOrEqual(smallest);
      }),
      { numRuns: 15 },
    );
  });
});

describe('the search', () => {
  it('[POL-6] finds two fields that must change together', () => {
    const request = aRequest({
      action: 'change_system',
      principal: { roles: ['operator'] },
      context: { evidence: { ...GOOD_EVIDENCE, tests_passed: false, security_scan_passed: false } },
    });
    const { flips, search } = flipsOf(starterPack(), request);
    expect(search.size).toBe(2);
    expect(flips[0]).toEqual({
      changes: [
        { pointer: '/context/evidence/security_scan_passed', from: false, to: true },
        { pointer: '/context/evidence/tests_passed', from: false, to: true },
      ].toSorted((a, b) => order(starterPack(), a.pointer) - order(starterPack(), b.pointer)),
      effect: 'allow',
    });
  });

  it('[POL-6] says that there is none where nothing in the context matters', () => {
    const { flips, search } = flipsOf(
      [aPolicy('agents', 'permit (principal is Orchestra::Human, action, resource);')],
      aRequest(),
    );
    expect({ flips, search }).toMatchObject({ flips: [], search: { size: 3, exhaustive: true } });
  });

  it('[POL-6] is not called exhaustive where fields are compared with each other, matched, or with the time', () => {
    for (const when of [
      'context.estimate.tokens > context.estimate.api_calls',
      'context.estimate.tokens + 1 > 3',
      'context.decision_type like "kind_*"',
      'context.now > datetime("2030-01-01T00:00:00Z")',
    ]) {
      const { search } = flipsOf([permitAll, forbidding('one', when)], aRequest());
      expect(search.exhaustive, when).toBe(false);
    }
  });

  it('[POL-6] stops at its budget and says so', () => {
    const many = Array.from({ length: 30 }, (_, at) => `context.estimate.tokens != ${100 + at * 3}`).join(' && ');
    const more = many.replaceAll('tokens', 'api_calls');
    const three = `${many} || ${more} || ${many.replaceAll('tokens', 'storage_bytes')} || ${many.replaceAll('tokens', 'wall_clock_seconds')}`;
    const { search } = flipsOf([permitAll, forbidding('one', three)], aRequest());
    expect(search).toMatchObject({ exhaustive: false, evaluations: 3_000 });
  });
});

/** Where a field is first asked for among the policies that decide. */
const order = (policies: PolicyDocument[], pointer: string): number => {
  const read = policies
    .filter(({ id }) => ['quality-tests-pass', 'quality-security-scan'].includes(id))
    .flatMap(({ text }) => {
      const one = readPolicy(text);
      return one.kind === 'policy' ? [one.policy] : [];
    });
  return [...comparisonsOf(read, aRequest()).values.keys()].indexOf(pointer.split('/').slice(2).join('.'));
};

it('[POL-6] knows every field of the context, but the time', () => {
  const paths = (fields: readonly Field[]): string[] =>
    fields.flatMap((field) => (field.kind === 'record' ? paths(field.fields) : [field.path]));
  const schema = PolicyContext.toJSONSchema() as Schema;
  expect(paths(contextFields).toSorted()).toEqual(
    leaves(schema, '')
      .filter((path) => path !== 'now')
      .toSorted(),
  );
});

type Schema = { properties?: Record<string, Schema> };
const leaves = ({ properties }: Schema, path: string): string[] =>
  properties
    ? Object.entries(properties).flatMap(([name, inner]) => leaves(inner, path === '' ? name : `${path}.${name}`))
    : [path];
