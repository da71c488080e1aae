import { isAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { cedarRequest } from './cedar-request.ts';
import type { Clause, ExplainedPolicy, PolicyDocument, PolicyRequest } from './contract.ts';
import { readDocument } from './document.ts';
import { type Anatomy, anatomyOf, type Expression, leavesOf } from './policy-parts.ts';
import { type Chunk, positionAt } from './policy-text.ts';
import { POLICY_SCHEMA } from './schema.ts';

/** A policy and its parts. */
export interface Dissected {
  document: PolicyDocument;
  policy: PolicyJson;
  advice: string;
  anatomy: Anatomy;
}

/** The policies of a set that was loaded, taken apart. */
export const dissect = (policies: readonly PolicyDocument[]): Dissected[] =>
  policies.flatMap((document) => {
    const { policy, labels } = readDocument(document);
    return policy && labels ? [{ document, policy, advice: labels.advice, anatomy: anatomyOf(document.text) }] : [];
  });

/** What the parts are by themselves for one request; undefined for one that cannot be evaluated alone. */
export type Truths = ReadonlyMap<Chunk, boolean | undefined>;

/**
 * Lets Cedar itself say what each part is: as the only condition, or the only scope, of a permit of its own. Undefined
 * when it does not answer.
 */
export function truthsOf(dissected: readonly Dissected[], request: PolicyRequest): Truths | undefined {
  const probes = dissected.flatMap(({ anatomy }) => [
    ...anatomy.scope.map((part, at) => ({ part, text: scopeProbe(part.text, at) })),
    ...anatomy.conditions
      .flatMap(({ body }) => leavesOf(body))
      .map((part) => ({ part, text: `permit (principal, action, resource) when { ${part.text} };` })),
  ]);
  const answer = isAuthorized({
    ...cedarRequest(request),
    schema: POLICY_SCHEMA,
    validateRequest: true,
    policies: { staticPolicies: Object.fromEntries(probes.map(({ text }, at) => [String(at), text])) },
  });
  if (answer.type === 'failure') return undefined;
  const { reason, errors } = answer.response.diagnostics;
  const [held, erred] = [new Set(reason), new Set(errors.map(({ policyId }) => policyId))];
  return new Map(probes.map(({ part }, at) => [part, erred.has(String(at)) ? undefined : held.has(String(at))]));
}

const scopeProbe = (text: string, at: number): string =>
  `permit (${['principal', 'action', 'resource'].map((name, place) => (place === at ? text : name)).join(', ')});`;

/** Whether the head speaks about the request. No change of the context can alter that. */
export const applies = ({ anatomy }: Dissected, truths: Truths): boolean =>
  anatomy.scope.every((part) => truths.get(part) === true);

/** Why a policy that decided did: what holds of its `when`, what keeps its `unless` away. */
export function deciding(policy: Dissected, truths: Truths): ExplainedPolicy {
  const { scope, effect, conditions } = policy.anatomy;
  const clauses = conditions.flatMap(({ kind, body }) =>
    placed(policy, kind, why(body, kind === 'when', truths), truths),
  );
  const narrowing = placed(policy, 'scope', scope.filter(isNarrowing), truths);
  const unconditional = narrowing.length > 0 ? narrowing : placed(policy, 'whole', [effect], truths);
  return explained(policy, clauses.length > 0 ? clauses : unconditional);
}

/** Why a permit does not permit: its head does not fit, or else what lacks of its `when` or holds of its `unless`. */
export function failing(policy: Dissected, truths: Truths): ExplainedPolicy {
  const { scope, conditions } = policy.anatomy;
  const foreign = scope.filter((part) => truths.get(part) !== true);
  if (foreign.length > 0) return explained(policy, placed(policy, 'scope', foreign, truths));
  const clauses = conditions.flatMap(({ kind, body }) => {
    const wrong = kind === 'unless';
    return valueOf(body, truths) === wrong ? placed(policy, kind, why(body, wrong, truths), truths) : [];
  });
  return explained(policy, clauses);
}

const isNarrowing = ({ text }: Chunk): boolean => /\s|=/.test(text.trim());

const explained = ({ document, policy, advice }: Dissected, clauses: Clause[]): ExplainedPolicy => ({
  policy_id: document.id,
  effect: policy.effect,
  title: document.title,
  advice,
  clauses,
});

const placed = ({ document }: Dissected, part: Clause['part'], chunks: readonly Chunk[], truths: Truths): Clause[] =>
  chunks.map((chunk) => ({
    part,
    text: chunk.text,
    holds: truths.get(chunk) ?? true,
    ...positionAt(document.text, chunk.index),
  }));

/** As Cedar evaluates: from the left, and no further than needed. Undefined where it meets an error. */
function valueOf(expression: Expression, truths: Truths): boolean | undefined {
  if (expression.kind === 'leaf') return truths.get(expression.part);
  const decisive = expression.kind === 'any';
  for (const part of expression.parts) {
    const value = valueOf(part, truths);
    if (value !== !decisive) return value;
  }
  return !decisive;
}

/** The leaves that make an expression what it is. */
function why(expression: Expression, is: boolean, truths: Truths): Chunk[] {
  if (expression.kind === 'leaf') return truths.get(expression.part) === is ? [expression.part] : [];
  // Of an "any" that holds, and of an "all" that does not, every part that makes it so; else all of them do.
  return expression.parts.filter((part) => valueOf(part, truths) === is).flatMap((part) => why(part, is, truths));
}
