import type { AuthorizationAnswer, DetailedError } from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../../functions/policies/contract.ts';
import { policySetDigest } from '../../../functions/policies/digest.ts';
import { type PolicyEngine, loadEvaluator } from '../../../functions/policies/evaluator.ts';
import { aPolicy, aRequest, starterPack, versionOf } from './fixtures.ts';

const ANYTHING = aPolicy('anything', 'permit(principal, action, resource);');
const parsed = { type: 'success' } as const;
const allowing = (reason: string[], errors: string[] = []): AuthorizationAnswer => ({
  type: 'success',
  response: {
    decision: 'allow',
    diagnostics: { reason, errors: errors.map((policyId) => ({ policyId, error: complaint('overflow') })) },
  },
  warnings: [],
});
const complaint = (message: string): DetailedError => ({ message, help: null, code: null, url: null, severity: null });

/** An engine that would allow everything, except for what is put in its way. */
const anEngine = (parts: Partial<PolicyEngine> = {}): PolicyEngine => ({
  prepareSchema: () => parsed,
  preparePolicies: () => parsed,
  authorize: () => allowing(['anything']),
  ...parts,
});
const throwing = (): never => {
  throw new Error('wasm is gone');
};

const evaluate = (policies: PolicyDocument[], engine?: PolicyEngine) =>
  loadEvaluator(versionOf(policies, 7), engine).evaluate(aRequest());
const denied = (error: string | RegExp) => ({
  effect: 'deny',
  errors: expect.arrayContaining([expect.stringMatching(error)]),
  version: 7,
});

describe('deny by default', () => {
  it('[POL-2] allows through the injected engine when nothing is in its way', () => {
    expect(evaluate([ANYTHING], anEngine())).toEqual({
      effect: 'allow',
      determining: ['anything'],
      advice: ['Advice of anything'],
      errors: [],
      version: 7,
      enforced: true,
    });
  });

  it('[POL-2] denies when no policy permits', () => {
    const silent = aPolicy('silent', 'permit(principal, action == Orchestra::Action::"spend", resource);');
    const said = { effect: 'deny', determining: [], advice: [], errors: [], version: 7, enforced: true };
    expect(evaluate([silent])).toEqual(said);
  });

  it('[POL-2] denies with an empty set, whatever the engine says', () => {
    expect(evaluate([])).toMatchObject(denied('no policy'));
    expect(evaluate([], anEngine())).toMatchObject(denied('no policy'));
  });

  it.each([
    ['syntax', { ...ANYTHING, text: 'permit(principal, action' }, 'unexpected end'],
    ['a template', aPolicy('slot', 'permit(principal == ?principal, action, resource);'), 'template'],
    ['two policies in one document', { ...ANYTHING, text: `${ANYTHING.text}\n${ANYTHING.text}` }, 'unexpected token'],
    ['no labels', { ...ANYTHING, text: 'permit(principal, action, resource);' }, '@id is missing'],
    ["a shown id that is not the policy's", { ...ANYTHING, id: 'else' }, 'differs from @id'],
    ['a domain that speaks about all', { ...ANYTHING, layer: 'domain:platform' as const }, 'needs the scope'],
  ])('[POL-2] denies with a set that has %s, whatever the engine says', (_, broken, error) => {
    const sound = aPolicy('sound', 'permit(principal, action, resource);');
    expect(evaluate([sound, broken])).toMatchObject(denied(error));
    expect(evaluate([sound, broken], anEngine())).toMatchObject(denied(error));
  });

  it('[POL-2] denies with two policies of one id, of which Cedar would keep the last', () => {
    const forbid = aPolicy('anything', 'forbid(principal, action, resource);');
    expect(evaluate([forbid, ANYTHING])).toMatchObject(denied('same id'));
  });

  it('[POL-2] denies when the policies are not those of the digest', () => {
    const version = { ...versionOf([ANYTHING], 7), digest: policySetDigest(starterPack()) };
    expect(loadEvaluator(version).evaluate(aRequest())).toMatchObject(denied('digest'));
  });

  it.each<[string, Partial<PolicyEngine>, string]>([
    ['throws while it reads the schema', { prepareSchema: throwing }, 'wasm is gone'],
    ['throws while it reads the policies', { preparePolicies: throwing }, 'wasm is gone'],
    ['throws while it decides', { authorize: throwing }, 'wasm is gone'],
    ['cannot parse the policies', { preparePolicies: () => ({ type: 'failure', errors: [complaint('odd')] }) }, 'odd'],
    ['cannot parse the schema', { prepareSchema: () => ({ type: 'failure', errors: [] }) }, 'do not parse'],
    ['fails', { authorize: () => ({ type: 'failure', errors: [complaint('lost')], warnings: [] }) }, 'lost'],
    ['fails without a word', { authorize: () => ({ type: 'failure', errors: [], warnings: [] }) }, 'no answer'],
    ['allows with an error', { authorize: () => allowing(['anything'], ['broken']) }, 'broken: overflow'],
    ['allows for no reason', { authorize: () => allowing([]) }, 'names no policy'],
    ['allows for the reason of another set', { authorize: () => allowing(['stranger']) }, 'another set'],
  ])('[POL-2] denies when the engine %s', (_, parts, error) => {
    expect(evaluate([ANYTHING], anEngine(parts))).toMatchObject(denied(error));
  });

  it('[POL-2] denies when a forbid errs, which Cedar alone would skip and allow', () => {
    const erring = aPolicy(
      'erring',
      'forbid(principal, action, resource) when { context.estimate.tokens * 9223372036854775807 > 0 };',
    );
    const verdict = evaluate([ANYTHING, erring]);
    expect(verdict).toMatchObject(denied(/^erring: integer overflow/));
    expect(verdict.determining).toEqual(['anything']);
  });

  it('[POL-2] denies a request that does not fit the schema', () => {
    const evaluator = loadEvaluator(versionOf([ANYTHING], 7));
    expect(evaluator.evaluate(aRequest({ context: { now: 'yesterday' } }))).toMatchObject(
      denied(/now|datetime|yesterday/),
    );
    expect(evaluator.evaluate(aRequest({ estimate: { tokens: 0.5 } }))).toMatchObject(denied(/./));
    expect(evaluator.evaluate(aRequest()).effect).toBe('allow');
  });
});

describe('forbid and escalation', () => {
  const no = aPolicy('no', 'forbid(principal, action, resource);');
  const ask = aPolicy('ask', 'forbid(principal, action, resource);', 'enterprise', '@verdict("escalate")');
  const askToo = aPolicy('ask-too', ask.text.slice(ask.text.indexOf('forbid')), 'enterprise', '@verdict("escalate")');

  it('[POL-3] lets a forbid win over a permit', () => {
    expect(evaluate([ANYTHING, no])).toMatchObject({ effect: 'deny', determining: ['no'], advice: ['Advice of no'] });
  });

  it('[POL-1] escalates when every determining forbid asks for it', () => {
    const verdict = evaluate([ANYTHING, ask, askToo]);
    expect(verdict).toMatchObject({ effect: 'escalate', determining: ['ask', 'ask-too'], errors: [] });
    expect(verdict.advice).toEqual(['Advice of ask', 'Advice of ask-too']);
  });

  it('[POL-3] denies when one of the determining forbids does not ask for it', () => {
    expect(evaluate([ANYTHING, ask, no])).toMatchObject({ effect: 'deny', determining: ['ask', 'no'] });
  });

  it('[POL-2] escalates nothing that no policy permits', () => {
    expect(evaluate([ask])).toMatchObject({ effect: 'deny', determining: [], errors: [] });
  });

  it('[POL-2] keeps versions apart that are loaded side by side', () => {
    const first = loadEvaluator(versionOf([ANYTHING], 7));
    const second = loadEvaluator(versionOf([ANYTHING, no], 8));
    expect(first.evaluate(aRequest())).toMatchObject({ effect: 'allow', version: 7 });
    expect(second.evaluate(aRequest())).toMatchObject({ effect: 'deny', version: 8 });
  });
});
