import { persistently } from '../../shared/commit.ts';
import type { Reservation } from '../../limits/contract.ts';
import { fact } from '../../shared/contract.ts';
import { Problem, problems } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { Call } from '../../shared/serve.ts';
import { type Decision, outcomeRecorded, type routes } from '../contract.ts';
import { decideOutcome, withSettlement } from '../model.ts';
import type { Limits } from '../ports.ts';
import { type Authority, writes } from '../store.ts';
import { getDecision } from './get-decision.ts';

type Deps = { store: Authority; limits: Limits };
type Asked = Call<(typeof routes)['recordOutcome']>;

/** Records what came of an allowed decision, once, by the principal that proposed it, and settles what it reserved. */
export const recordOutcome = (deps: Deps, call: Asked): Promise<Decision> => persistently(() => recordOnce(deps, call));

async function recordOnce(deps: Deps, call: Asked): Promise<Decision> {
  const decision = await getDecision(deps, call.params.id, call.actor);
  const entryId = newId(call.now);
  const decided = decideOutcome(decision, call.actor, call.body, { at: call.now, entryId });
  if (decided.kind === 'refuse') throw new Problem(decided.why, `${problems[decided.why][1]}.`);
  const settled =
    decision.reservation && (await deps.limits.settle(settlementOf(decision, decision.reservation, call)));
  const next = settled ? withSettlement(decided.next, settled) : decided.next;
  const { writes: more, entries } = settled?.change ?? { writes: [], entries: [] };
  const change = { writes: [writes.replace(next), ...more], entries: [outcomeEntry(next, call, entryId), ...entries] };
  return call.commit(change, next);
}

const settlementOf = (decision: Decision, reservation: Reservation, { body, now, trace }: Asked) => ({
  reservation,
  abandoned: body.result === 'abandoned',
  actual: body.actual,
  decisionId: decision.id,
  principal: decision.proposed_by,
  domain: decision.domain,
  now,
  trace,
});

const outcomeEntry = (next: Decision, { body }: Asked, id: string) => ({
  id,
  action_type: 'execution' as const,
  domain: next.domain,
  subject: `decision/${next.id}`,
  sequence: next.version,
  summary: `Outcome of: ${next.proposal.summary}`,
  details: { ...next.proposal.details, outcome: `${body.result}: ${body.summary}` },
  classification: next.proposal.classification,
  related_tasks: next.proposal.related_tasks,
  policy_version: next.policies.version,
  retention: next.retention,
  event: fact(outcomeRecorded, {
    decision_id: next.id,
    proposed_by: next.proposed_by,
    result: body.result,
    concerns: [next.domain],
  }),
});
