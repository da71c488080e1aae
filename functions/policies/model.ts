import type { AuthorizationAnswer } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyVerdict } from './contract.ts';

/** What the verdict needs to know of a policy. */
export interface Rule {
  effect: 'permit' | 'forbid';
  advice: string;
  escalates: boolean;
}

export type Rules = ReadonlyMap<string, Rule>;

/** What Cedar's answer amounts to before any advice: `escalate` still depends on whether anything else permits. */
export type Reading =
  | { kind: 'unusable'; determining: string[]; errors: string[] }
  | { kind: 'allow' | 'deny' | 'escalate'; determining: string[] };

/**
 * Reads an answer so that every doubt denies. Cedar skips a policy that errors, a forbid included, and may then say
 * "allow": an answer with any error is therefore no answer, and so is one that rests on policies nobody loaded.
 */
export function readAnswer(answer: AuthorizationAnswer, rules: Rules): Reading {
  if (answer.type !== 'success') {
    return { kind: 'unusable', determining: [], errors: withDefault(answer.errors.map(({ message }) => message)) };
  }
  const { decision, diagnostics } = answer.response;
  const determining = diagnostics.reason.toSorted();
  if (diagnostics.errors.length > 0) {
    const errors = diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`).toSorted();
    return { kind: 'unusable', determining, errors };
  }
  const effect = decision === 'allow' ? 'permit' : 'forbid';
  if (determining.some((id) => rules.get(id)?.effect !== effect)) {
    return { kind: 'unusable', determining: [], errors: [`the answer "${decision}" rests on policies of another set`] };
  }
  if (decision === 'allow') {
    const unfounded = ['the answer "allow" names no policy'];
    return determining.length > 0
      ? { kind: 'allow', determining }
      : { kind: 'unusable', determining, errors: unfounded };
  }
  const escalates = determining.length > 0 && determining.every((id) => rules.get(id)?.escalates);
  return { kind: escalates ? 'escalate' : 'deny', determining };
}

/**
 * The verdict on a reading. `otherwise` answers what the set says without its escalating forbids: a higher level may be
 * asked only for what some policy permits, or a forbid would widen what the default denies.
 */
export function decideVerdict(
  reading: Reading,
  rules: Rules,
  version: number,
  otherwise: () => Reading,
): PolicyVerdict {
  if (reading.kind === 'unusable') return refusal(version, reading.errors, reading.determining, rules);
  if (reading.kind !== 'escalate') return verdict(reading.kind, reading.determining, rules, version);
  const rest = otherwise();
  if (rest.kind === 'allow') return verdict('escalate', reading.determining, rules, version);
  if (rest.kind === 'unusable') return refusal(version, rest.errors, reading.determining, rules);
  return verdict('deny', rest.determining, rules, version);
}

/** Denied because the policies could not be asked; `errors` says why and is never empty. */
export function refusal(
  version: number,
  errors: readonly string[],
  determining: readonly string[] = [],
  rules: Rules = new Map(),
): PolicyVerdict {
  return { ...verdict('deny', determining, rules, version), errors: withDefault(errors) };
}

function verdict(
  effect: PolicyVerdict['effect'],
  determining: readonly string[],
  rules: Rules,
  version: number,
): PolicyVerdict {
  const advice = determining.flatMap((id) => rules.get(id)?.advice ?? []);
  return { effect, determining: [...determining], advice, errors: [], version, enforced: true };
}

function withDefault(errors: readonly string[]): string[] {
  return errors.length > 0 ? [...errors] : ['the evaluator gave no answer'];
}
