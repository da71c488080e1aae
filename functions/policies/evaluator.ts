import {
  type AuthorizationAnswer,
  type CheckParseAnswer,
  type PolicyJson,
  type PolicySet,
  type StatefulAuthorizationCall,
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyLabels } from './annotations.ts';
import { cedarRequest } from './cedar-request.ts';
import type { PolicyDocument, PolicyRequest, PolicySetVersion, PolicyVerdict } from './contract.ts';
import { policySetDigest } from './digest.ts';
import { readDocument, repetitions } from './document.ts';
import { type Reading, type Rule, type Rules, decideVerdict, readAnswer, refusal } from './model.ts';
import { POLICY_SCHEMA } from './schema.ts';

/** The part of Cedar that decides; tests put a failing one in its place. */
export interface PolicyEngine {
  prepareSchema(name: string, schema: string): CheckParseAnswer;
  preparePolicies(id: string, policies: PolicySet): CheckParseAnswer;
  authorize(call: StatefulAuthorizationCall): AuthorizationAnswer;
}

export interface Evaluator {
  /** The verdict on one request; never throws, and denies whenever it cannot know. */
  evaluate(request: PolicyRequest): PolicyVerdict;
}

const cedarEngine: PolicyEngine = {
  prepareSchema: preparseSchema,
  preparePolicies: preparsePolicySet,
  authorize: statefulIsAuthorized,
};

const SCHEMA_NAME = 'orchestra';

/**
 * Reads a version once; keep the result as long as the version is in force. Cedar holds the parsed set, under the version
 * and its digest, in a cache of its own that is never emptied.
 *
 * A version that is empty, unparsable, mislabelled, outside its layer or not what its digest says becomes an evaluator
 * that denies everything. Types were checked when the version was made: to check them again here would let a release with
 * a stricter Cedar stop an organisation, and a policy that errs denies the request anyway.
 */
export function loadEvaluator(version: PolicySetVersion, engine: PolicyEngine = cedarEngine): Evaluator {
  try {
    const loaded = load(version, engine);
    return 'errors' in loaded ? refusing(version, loaded.errors) : evaluatorOf(loaded, engine);
  } catch (error) {
    return refusing(version, [messageOf(error)]);
  }
}

interface Loaded {
  version: number;
  rules: Rules;
  all: string;
  /** Name of the set without its escalating forbids; parsed when it is first needed, which spares a cold start. */
  withoutEscalations: () => string;
}

function evaluatorOf({ version, rules, all, withoutEscalations }: Loaded, engine: PolicyEngine): Evaluator {
  return {
    evaluate: (request) => {
      try {
        const call = { ...cedarRequest(request), preparsedSchemaName: SCHEMA_NAME, validateRequest: true };
        const ask = (preparsedPolicySetId: string): Reading =>
          readAnswer(engine.authorize({ ...call, preparsedPolicySetId }), rules);
        return decideVerdict(ask(all), rules, version, () => ask(withoutEscalations()));
      } catch (error) {
        return refusal(version, [messageOf(error)]);
      }
    },
  };
}

function refusing({ version }: PolicySetVersion, errors: readonly string[]): Evaluator {
  return { evaluate: () => refusal(version, errors) };
}

function load({ version, digest, policies }: PolicySetVersion, engine: PolicyEngine): Loaded | { errors: string[] } {
  const read = policies.map((document) => ({ document, ...readDocument(document) }));
  const faults = [...repetitions(policies), ...read.flatMap((one) => one.faults)];
  if (policies.length === 0) return { errors: ['the set holds no policy'] };
  if (digest !== policySetDigest(policies)) return { errors: ['the digest was taken of other policies'] };
  if (faults.length > 0) return { errors: faults.map(({ policy_id, message }) => `${policy_id}: ${message}`) };
  const rules = new Map(read.flatMap(({ policy, labels }) => (policy && labels ? [ruleOf(policy, labels)] : [])));
  const all = `policies-${version}-${digest}`;
  const answers = [
    engine.prepareSchema(SCHEMA_NAME, POLICY_SCHEMA),
    engine.preparePolicies(all, { staticPolicies: textsById(policies) }),
  ];
  const errors = answers.flatMap((answer) => (answer.type === 'success' ? [] : answer.errors));
  if (errors.length > 0 || answers.some(({ type }) => type !== 'success')) {
    return { errors: ['the policies do not parse', ...errors.map(({ message }) => message)] };
  }
  const firm = policies.filter(({ id }) => !rules.get(id)?.escalates);
  return { version, rules, all, withoutEscalations: preparedOnce(engine, `${all}-without-escalations`, firm) };
}

function preparedOnce(engine: PolicyEngine, name: string, policies: readonly PolicyDocument[]): () => string {
  let ready = false;
  return () => {
    if (!ready && engine.preparePolicies(name, { staticPolicies: textsById(policies) }).type !== 'success') {
      throw new Error('the policies without their escalations do not parse');
    }
    ready = true;
    return name;
  };
}

function ruleOf({ effect }: PolicyJson, { id, advice, escalates }: PolicyLabels): [string, Rule] {
  return [id, { effect, advice, escalates }];
}

function textsById(documents: readonly PolicyDocument[]): Record<string, string> {
  return Object.fromEntries(documents.map(({ id, text }) => [id, text]));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
