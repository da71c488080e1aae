import {
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
  type StatefulAuthorizationCall,
} from '@cedar-policy/cedar-wasm/nodejs';
import { DecisionProposal } from '../../functions/authority/contract.ts';
import { defaultRows } from '../../functions/authority/matrix.ts';
import { judge, policyQuestion } from '../../functions/authority/model.ts';
import { policySetDigest } from '../../functions/policies/digest.ts';
import { loadEvaluator } from '../../functions/policies/evaluator.ts';
import { parsePolicyFile } from '../../functions/policies/policy-file.ts';
import { newIdOf, newId } from '../../functions/shared/ids.ts';
import type { Actor } from '../../functions/shared/principal.ts';
import { proposal as asked } from './events.ts';
import { policyCount, manyPolicies } from './policies.ts';
import { agentAt } from './population.ts';
import { atMost, type Figure } from './report.ts';
import { compare, timed } from './statistics.ts';

const rounds = 2_000;
const warmUp = 500;

/** Compute of a verdict, without any read or write, against Cedar alone. */
export async function computeFigures(): Promise<Figure[]> {
  const verdict = verdictMaker();
  const bare = bareCall();
  for (let n = 0; n < warmUp; n += 1) {
    verdict();
    bare();
  }
  const { measured, floor, ratio } = await compare(
    () => timed(verdict),
    () => timed(bare),
    rounds,
  );
  const against = `p50 of question, evaluation and judgement with ${policyCount} policies, against p50 of bare \`statefulIsAuthorized\` with the same prepared policies and the same request; ${rounds} turns.`;
  return [
    { name: 'decision.compute_ratio', value: ratio, unit: 'ratio', target: atMost(1.5), against },
    { name: 'decision.compute_ms', value: measured, unit: 'ms', against: 'The first of the two; depends on the host.' },
    { name: 'decision.compute_floor_ms', value: floor, unit: 'ms', against: 'The second; depends on the host.' },
  ];
}

const policies = manyPolicies().flatMap((text) => parsePolicyFile(text, 'enterprise'));
const now = new Date();
const proposal = DecisionProposal.parse(asked);
const { id, domain, team } = agentAt(0);
const standing = {
  kind: 'agent',
  level: 'agent',
  credential: 'client#client',
  roles: [],
  approved_tools: ['grep'],
} as const;
const actor: Actor = { id, name: id, domain, team, ...standing };

function setOf() {
  if (policies.length !== policyCount) throw new Error(`${policies.length} policies instead of ${policyCount}`);
  const version = { version: 1, digest: policySetDigest(policies), created_by: 'bench', note: '', policies };
  return { ...version, created_at: now.toISOString() };
}

function verdictMaker(): () => unknown {
  const evaluator = loadEvaluator(setOf());
  const matrix = { version: 1, rows: [...defaultRows], changed_at: now.toISOString() };
  const outcomeDueHours = 24;
  return () => {
    const ids = { id: newIdOf('dec'), entryId: newId(now), escalationId: newIdOf('esc') };
    const verdict = evaluator.evaluate(policyQuestion(proposal, actor, now));
    const judged = judge({ ...ids, proposal, actor, matrix, policies: verdict, now, outcomeDueHours });
    if (judged.kind !== 'judged' || judged.decision.verdict !== 'allowed')
      throw new Error(`not allowed: ${JSON.stringify(judged)}`);
    return judged;
  };
}

/** Cedar's part of it alone: the very call that the evaluator makes. */
function bareCall(): () => unknown {
  let call: StatefulAuthorizationCall | undefined;
  const engine = {
    prepareSchema: preparseSchema,
    preparePolicies: preparsePolicySet,
    authorize: (given: StatefulAuthorizationCall) => {
      call = given;
      return statefulIsAuthorized(given);
    },
  };
  loadEvaluator(setOf(), engine).evaluate(policyQuestion(proposal, actor, now));
  const seen = call;
  if (!seen) throw new Error('the evaluator did not ask Cedar');
  return () => statefulIsAuthorized(seen);
}
