import { fact } from '../../shared/contract.ts';
import type { DataSubjects } from '../../shared/data-subjects.ts';
import { Problem, problems } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { EntryDraft } from '../../shared/ledger.ts';
import type { Call } from '../../shared/serve.ts';
import { type Decision, outcomeRecorded, type routes } from '../contract.ts';
import { decideOutcome } from '../model.ts';
import { openDecision, personalIn, sealOutcome } from '../personal.ts';
import { type Authority, writes } from '../store.ts';
import { readable } from './get-decision.ts';

/** Records what came of an allowed decision, once, by the principal that proposed it. */
export async function recordOutcome(
  deps: { store: Authority; subjects: DataSubjects },
  call: Call<(typeof routes)['recordOutcome']>,
): Promise<Decision> {
  const decision = await readable(deps.store, call.params.id, call.actor);
  const entryId = newId(call.now);
  const decided = decideOutcome(decision, call.actor, call.body, { at: call.now, entryId });
  if (decided.kind === 'refuse') throw new Problem(decided.why, `${problems[decided.why][1]}.`);
  const [{ decision: next, guards }, opened] = await Promise.all([
    sealOutcome(deps.subjects, decided.next, call),
    openDecision(deps.subjects, decision),
  ]);
  await call.commit({ writes: [writes.replace(next), ...guards], entries: [outcomeEntry(next, entryId)] }, next);
  const outcome = next.outcome && { ...next.outcome, summary: call.body.summary };
  return { ...next, proposal: opened.proposal, outcome };
}

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
