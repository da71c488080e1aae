import { Decision, decisionAllowed } from '../../functions/authority/contract.ts';
import { decisionItem, keys } from '../../functions/authority/store.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { fact } from '../../functions/shared/contract.ts';
import { newId, newIdOf } from '../../functions/shared/ids.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import { enterpriseOrchestrator } from './organization.ts';
import { aProposal } from './proposals.ts';
import { coreHere } from './slices.ts';

/**
 * The id of an allowed decision of a type about a resource, recorded with its entry as an approval by two people leaves
 * it.
 */
export async function mandateFor(type: string, resource: { type: string; id: string }): Promise<string> {
  const core = await coreHere();
  const now = core.now();
  const decision = allowed(type, resource, now);
  const { id, entry_id } = decision;
  const matrix_row = `enterprise/must_escalate/${type}`;
  const proposed_by = decision.proposed_by;
  const names = { decision_id: id, decision_type: type, proposed_by, policy_version: 1, matrix_row };
  const entry = {
    id: entry_id,
    action_type: 'decision' as const,
    domain: 'enterprise',
    subject: `decision/${id}`,
    sequence: 1,
    summary: decision.proposal.summary,
    event: fact(decisionAllowed, { ...names, concerns: ['enterprise'] }),
  };
  const write = { kind: 'create' as const, key: keys.decision(id), item: decisionItem(decision) };
  const trace = continueTrace(undefined);
  await core.commit({ writes: [write], entries: [entry] }, { actor: proposed_by, now, trace });
  return id;
}

const allowed = (type: string, resource: { type: string; id: string }, now: Date): Decision =>
  Decision.parse({
    id: newIdOf('dec'),
    version: 1,
    verdict: 'allowed',
    reasons: [{ source: 'matrix', code: 'NeedsPeople', detail: 'Two people have approved.' }],
    deciding_level: 'board',
    matrix: { version: 1, row: `enterprise/must_escalate/${type}` },
    policies: { effect: 'allow', determining: [], advice: [], errors: [], version: 1 },
    escalation_id: null,
    entry_id: newId(now),
    receipt: null,
    proposed_by: enterpriseOrchestrator,
    domain: 'enterprise',
    proposed_at: now.toISOString(),
    outcome_due_at: addSeconds(now, 86_400).toISOString(),
    outcome_overdue: false,
    outcome: null,
    retention: 'compliance',
    proposal: aProposal(type, { resource }),
  });
