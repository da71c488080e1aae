import { persistently } from '../../shared/commit.ts';
import type { Reservation } from '../../limits/contract.ts';
import { fact } from '../../shared/contract.ts';
import type { DataSubjects } from '../../shared/data-subjects.ts';
import { Problem } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { EntryDraft } from '../../shared/ledger.ts';
import type { Call } from '../../shared/serve.ts';
import { type Decision, outcomeRecorded, type routes } from '../contract.ts';
import { decideOutcome, withSettlement } from '../model.ts';
import { openDecision, personalIn, sealOutcome } from '../personal.ts';
import type { LimitsPort } from '../../limits/contract.ts';
import type { Approvals } from '../ports.ts';
import { type Authority, writes } from '../store.ts';
import { readable } from './get-decision.ts';

type Deps = { store: Authority; approvals: Pick<Approvals, 'of'>; limits: LimitsPort; subjects: DataSubjects };
type Asked = Call<(typeof routes)['recordOutcome']>;

/** Records what came of an allowed decision, once, by the principal that proposed it, and settles what it reserved. */
export const recordOutcome = (deps: Deps, call: Asked): Promise<Decision> => persistently(() => recordOnce(deps, call));

async function recordOnce(deps: Deps, call: Asked): Promise<Decision> {
  const decision = await readable(deps, call.params.id, call.actor);
  const entryId = newId(call.now);
  const decided = decideOutcome(decision, call.actor, call.body, { at: call.now, entryId });
  if (decided.kind === 'refuse') throw Problem.titled(decided.why);
  const [{ decision: sealed, guards }, opened, settled] = await Promise.all([
    sealOutcome(deps.subjects, decided.next, call),
    openDecision(deps.subjects, decision),
    decision.reservation && deps.limits.settle(settlementOf(decision, decision.reservation, call)),
  ]);
  const next = settled ? withSettlement(sealed, settled) : sealed;
  const { writes: more, entries } = settled?.change ?? { writes: [], entries: [] };
  const own = [writes.replace(next), ...guards];
  await call.commit({ writes: [...own, ...more], entries: [outcomeEntry(next, entryId), ...entries] }, next);
  const outcome = next.outcome && { ...next.outcome, summary: call.body.summary };
  return { ...next, proposal: opened.proposal, outcome };
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

function outcomeEntry(next: Decision, id: string): EntryDraft & { id: string } {
  const { result = '', summary = '' } = next.outcome ?? {};
  return {
    id,
    action_type: 'execution',
    domain: next.domain,
    subject: `decision/${next.id}`,
    sequence: next.version,
    summary: `Outcome of: ${next.proposal.summary}`,
    details: { ...next.proposal.details, outcome: `${result}: ${summary}` },
    classification: next.proposal.classification,
    related_tasks: next.proposal.related_tasks,
    policy_version: next.policies.version,
    retention: next.retention,
    personal: personalIn(next),
    event: fact(outcomeRecorded, {
      decision_id: next.id,
      proposed_by: next.proposed_by,
      result,
      concerns: [next.domain],
    }),
  };
}
