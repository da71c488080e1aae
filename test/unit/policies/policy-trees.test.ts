import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyRequest } from '../../../functions/policies/contract.ts';
import { loadEvaluator } from '../../../functions/policies/evaluator.ts';
import { validatePolicySet } from '../../../functions/policies/validation.ts';
import { aPolicy, versionOf } from './fixtures.ts';
import { type Branch, bites, branch, documentsOf, layer, request, tree } from './policy-trees.ts';

const verdictOn = (branches: Branch[], asked: PolicyRequest) =>
  loadEvaluator(versionOf(documentsOf(branches))).evaluate(asked);

/** What the specification says of a tree, without Cedar. */
const expected = (branches: Branch[], asked: PolicyRequest): string => {
  const speaking = branches.filter((one) => bites(one, asked));
  const forbids = speaking.filter(({ effect }) => effect === 'forbid');
  const permitted = speaking.some(({ effect }) => effect === 'permit');
  if (forbids.some(({ escalates }) => !escalates) || !permitted) return 'deny';
  return forbids.length > 0 ? 'escalate' : 'allow';
};

describe('random policy trees', () => {
  it('[POL-3] agree with an oracle that knows no Cedar', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(tree, fc.array(request, { minLength: 3, maxLength: 6 }), (branches, asked) => {
        const evaluator = loadEvaluator(versionOf(documentsOf(branches)));
        for (const one of asked) {
          const { effect, errors } = evaluator.evaluate(one);
          expect(errors).toEqual([]);
          expect(effect).toBe(expected(branches, one));
          seen.add(effect);
        }
      }),
      { numRuns: 300 },
    );
    expect([...seen].toSorted()).toEqual(['allow', 'deny', 'escalate']);
  });

  it('[POL-3] never let a domain or team permit override an enterprise forbid', () => {
    const lower = branch
      .filter((one) => one.layer !== 'enterprise')
      .map((one): Branch => ({ ...one, effect: 'permit' }));
    const forbid = branch.map((one): Branch => ({ ...one, layer: 'enterprise', effect: 'forbid', escalates: false }));
    let overridden = 0;
    fc.assert(
      fc.property(
        tree,
        forbid,
        fc.array(lower, { minLength: 1, maxLength: 4 }),
        request,
        (rest, no, permits, asked) => {
          fc.pre(bites(no, asked));
          const verdict = verdictOn([...rest, no, ...permits], asked);
          expect(verdict).toMatchObject({ effect: 'deny', errors: [] });
          expect(verdict.determining).toContain(`policy-${rest.length}`);
          if (expected([...rest, ...permits], asked) === 'allow') overridden += 1;
        },
      ),
      { numRuns: 300 },
    );
    // Without cases in which the forbid alone stood in the way, the property would say nothing.
    expect(overridden).toBeGreaterThan(10);
  });

  it('[POL-3] refuse, and deny with, a permit for principals of another layer', () => {
    const scopes = ['Domain::"platform"', 'Domain::"product"', 'Team::"checkout"', 'Team::"search"'];
    const scope = fc.constantFrom('principal', ...scopes.map((one) => `principal in Orchestra::${one}`));
    fc.assert(
      fc.property(layer, scope, tree, request, (where, written, branches, asked) => {
        const [kind = '', id] = where.split(':');
        const own = `principal in Orchestra::${kind === 'team' ? 'Team' : 'Domain'}::"${id}"`;
        fc.pre(where !== 'enterprise' && written !== own);
        const intruder = aPolicy('intruder', `permit(${written}, action, resource);`, where);
        const documents = [...documentsOf(branches), intruder];
        expect(validatePolicySet(documents).faults).toContainEqual(
          expect.objectContaining({ policy_id: 'intruder', message: expect.stringContaining('needs the scope') }),
        );
        expect(loadEvaluator(versionOf(documents)).evaluate(asked).effect).toBe('deny');
      }),
      { numRuns: 60 },
    );
  });
});
