import type { Call } from '../../shared/serve.ts';
import { comparisonsOf } from '../comparisons.ts';
import { type Evaluation, PolicyRequest, type PolicyVerdict, type routes } from '../contract.ts';
import type { Evaluator } from '../evaluator.ts';
import { applies, deciding, type Dissected, dissect, failing, type Truths, truthsOf } from '../explanation.ts';
import { choicesFor, type Json } from '../flip-candidates.ts';
import { type Search, searchFlips } from '../flip-search.ts';
import { found } from '../guards.ts';
import { asItBinds, enforcementOf } from '../lifecycle-model.ts';
import type { PoliciesStore } from '../store.ts';
import { type Loaded, versionsOf } from '../versions.ts';

/** How many verdicts a search may ask for: about a second. */
const budget = 3_000;

type Run = (call: Call<(typeof routes)['evaluatePolicies']>) => Promise<Evaluation>;

/** The dry run, on versions that are parsed once. */
export function evaluatePolicies(store: PoliciesStore): Run {
  const load = versionsOf(store);
  return async ({ body: { request, version }, now }) => {
    const active = await store.active();
    const named = version ?? found(active, 'policy version in force').policy_version;
    const loaded = found(await load(named), `version ${named}`);
    const isInForce = active?.policy_version === named;
    const verdict = loaded.evaluator.evaluate(request);
    return {
      verdict: isInForce ? asItBinds(verdict, active, now) : verdict,
      mode: isInForce ? enforcementOf(active, now).mode : 'enforce',
      ...explanationOf(loaded, request, verdict),
    };
  };
}

type Explanation = Pick<Evaluation, 'determining' | 'unmet' | 'flips' | 'search'>;

/** A verdict that could not be reached has its errors for an explanation. */
const unexplained: Explanation = {
  determining: [],
  unmet: [],
  flips: [],
  search: { size: 0, exhaustive: false, evaluations: 0 },
};

/** Why a verdict is what it is, and the smallest changes of the context that give another. */
export function explanationOf({ set, evaluator }: Loaded, request: PolicyRequest, verdict: PolicyVerdict): Explanation {
  if (verdict.errors.length > 0) return unexplained;
  const dissected = dissect(set.policies);
  const truths = truthsOf(dissected, request);
  if (!truths) return unexplained;
  const decided = new Set(verdict.determining);
  const permits = dissected.filter(({ policy }) => policy.effect === 'permit');
  return {
    determining: dissected.filter(({ document }) => decided.has(document.id)).map((one) => deciding(one, truths)),
    unmet: decided.size === 0 ? permits.map((one) => failing(one, truths)) : [],
    ...flipsOf(dissected, truths, request, verdict, evaluator),
  };
}

function flipsOf(
  dissected: readonly Dissected[],
  truths: Truths,
  request: PolicyRequest,
  { effect, determining }: PolicyVerdict,
  evaluator: Evaluator,
): Search {
  const relevant = dissected.filter((one) => applies(one, truths));
  const permits = relevant.filter(({ policy }) => policy.effect === 'permit');
  // Without a change in one of these the verdict stays: what forbids goes on forbidding, or nothing permits as before.
  const decided =
    determining.length > 0 ? relevant.filter(({ document }) => determining.includes(document.id)) : permits;
  const mentioned = (some: readonly Dissected[]) =>
    comparisonsOf(
      some.map(({ policy }) => policy),
      request,
    );
  // What the deciding policies ask about is tried first.
  const inOrder = [...decided, ...relevant.filter((one) => !decided.includes(one))];
  const task = {
    context: request.context as Json,
    base: effect,
    pivots: effect === 'deny' ? new Set(mentioned(decided).values.keys()) : undefined,
    effectOf: (context: Json) => effectOf(evaluator, { ...request, context: context as PolicyRequest['context'] }),
    budget,
  };
  return searchFlips(task, choicesFor(request.context, mentioned(inOrder)));
}

/** The effect on a changed request; undefined where the request is none, or cannot be evaluated. */
function effectOf(evaluator: Evaluator, request: PolicyRequest): PolicyVerdict['effect'] | undefined {
  const verdict = evaluator.evaluate(request);
  const isSound = verdict.errors.length === 0 && PolicyRequest.safeParse(request).success;
  return isSound ? verdict.effect : undefined;
}
