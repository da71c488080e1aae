import { fact } from '../../shared/contract.ts';
import { Problem, problems } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { Call } from '../../shared/serve.ts';
import { type Decision, outcomeRecorded, type routes } from '../contract.ts';
import { decideOutcome } from '../model.ts';
import type { Approvals } from '../ports.ts';
import { type Authority, writes } from '../store.ts';
import { getDecision } from './get-decision.ts';

/** Records what came of an allowed decision, once, by the principal that proposed it. */
export async function recordOutcome(
  deps: { store: Authority; approvals: Pick<Approvals, 'of'> },
  call: Call<(typeof routes)['recordOutcome']>,
): Promise<Decision> {
  const decision = await getDecision(deps, call.params.id, call.actor);
  const entryId = newId(call.now);
  const decided = decideOutcome(decision, call.actor, call.body, { at: call.now, entryId });
  if (decided.kind === 'refuse') throw new Problem(decided.why, `${problems[decided.why][1]}.`);
  const { next } = decided;
  const entry = {
    id: entryId,
    action_type: 'execution' as const,
    domain: next.domain,
    subject: `decision/${next.id}`,
    sequence: next.version,
    summary: `Outcome of: ${next.proposal.summary}`,
    details: { ...next.proposal.details, outcome: `${call.body.result}: ${call.body.summary}` },
    classification: next.proposal.classification,
    related_tasks: next.proposal.related_tasks,
    policy_version: next.policies.version,
    retention: next.retention,
    event: fact(outcomeRecorded, {
      decision_id: next.id,
      proposed_by: next.proposed_by,
      result: call.body.result,
      concerns: [next.domain],
    }),
  };
  return call.commit({ writes: [writes.replace(next)], entries: [entry] }, next);
}
