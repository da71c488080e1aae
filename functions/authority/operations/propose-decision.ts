import type { Change } from '../../shared/commit.ts';
import { fact } from '../../shared/contract.ts';
import type { DataSubjects } from '../../shared/data-subjects.ts';
import type { Item, Write } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import { newId, newIdOf } from '../../shared/ids.ts';
import type { EntryDraft } from '../../shared/ledger.ts';
import type { Call } from '../../shared/serve.ts';
import {
  type Decision,
  decisionAllowed,
  decisionDenied,
  decisionEscalated,
  type Escalation,
  escalationOpened,
  type routes,
} from '../contract.ts';
import { judge, policyQuestion, targetDomain } from '../model.ts';
import { personalIn, sealJudged } from '../personal.ts';
import type { Policies } from '../ports.ts';
import type { Receipts } from '../receipts.ts';
import { matrixFrom, writes } from '../store.ts';

type Deps = {
  policies: Policies;
  receipts: Receipts;
  subjects: Pick<DataSubjects, 'sealer'>;
  outcomeDueHours: number;
};

/** Judges a proposal by the matrix and the policies in force, and records the verdict whatever it is. */
export async function proposeDecision(
  deps: Deps,
  call: Call<(typeof routes)['proposeDecision']>,
  [matrixItem, activePolicies]: (Item | undefined)[],
): Promise<Decision> {
  const { actor, now, body: proposal } = call;
  const policies = await deps.policies.evaluate(activePolicies, policyQuestion(proposal, actor, now));
  const ids = { id: newIdOf('dec'), entryId: newId(now), escalationId: newIdOf('esc') };
  const { outcomeDueHours } = deps;
  const judged = judge({ ...ids, proposal, actor, matrix: matrixFrom(matrixItem), policies, now, outcomeDueHours });
  if (judged.kind === 'refuse') {
    throw new Problem(judged.why, judged.detail, { faults: [{ pointer: '/body/retention', detail: judged.detail }] });
  }
  const stored = await sealJudged(deps.subjects, judged, call);
  const decision = await withReceipt(deps, stored.decision, call);
  await call.commit(proposed(decision, stored.escalation, stored.guards), decision);
  return { ...decision, proposal: stored.presented };
}

async function withReceipt(deps: Deps, decision: Decision, call: Call<(typeof routes)['proposeDecision']>) {
  if (decision.verdict !== 'allowed') return decision;
  const context = { actor: call.actor.id, now: call.now, trace: call.trace };
  return { ...decision, receipt: await deps.receipts.sign(decision, call.actor, context) };
}

function proposed(decision: Decision, escalation: Escalation | undefined, guards: readonly Write[]): Change {
  const entries = [verdictEntry(decision), ...(escalation ? [escalationEntry(decision, escalation)] : [])];
  return { writes: [writes.create(decision), ...(escalation ? [writes.open(escalation)] : []), ...guards], entries };
}

/** Domains that a verdict concerns: its own, the target's, and the level that must decide it. */
function concerned(decision: Decision): string[] {
  const beyond = decision.verdict === 'escalated' && decision.deciding_level !== 'domain' ? ['enterprise'] : [];
  return [...new Set([decision.domain, targetDomain(decision.proposal, decision), ...beyond])];
}

function verdictEntry(decision: Decision): EntryDraft & { id: string } {
  const { proposal, verdict } = decision;
  return {
    id: decision.entry_id,
    action_type: verdict === 'escalated' ? 'escalation' : 'decision',
    domain: decision.domain,
    subject: `decision/${decision.id}`,
    sequence: 1,
    summary: proposal.summary,
    details: { ...proposal.details, outcome: `${verdict}: ${decision.reasons.map(({ detail }) => detail).join(' ')}` },
    classification: proposal.classification,
    related_tasks: proposal.related_tasks,
    policy_version: decision.policies.version,
    retention: decision.retention,
    personal: personalIn(decision),
    event: verdictEvent(decision),
  };
}

function verdictEvent(decision: Decision) {
  const data = {
    decision_id: decision.id,
    decision_type: decision.proposal.type,
    proposed_by: decision.proposed_by,
    policy_version: decision.policies.version,
    matrix_row: decision.matrix.row,
    concerns: concerned(decision),
  };
  if (decision.escalation_id !== null && decision.deciding_level !== null) {
    const { escalation_id, deciding_level } = decision;
    return fact(decisionEscalated, { ...data, escalation_id, deciding_level });
  }
  return fact(decision.verdict === 'allowed' ? decisionAllowed : decisionDenied, data);
}

function escalationEntry(decision: Decision, escalation: Escalation): EntryDraft {
  return {
    action_type: 'escalation',
    domain: decision.domain,
    subject: `escalation/${escalation.id}`,
    sequence: 1,
    summary: `Waits for the ${escalation.deciding_level} level: ${escalation.summary}`,
    details: { decision: 'escalated', reasoning: decision.reasons[0]?.detail ?? '' },
    classification: escalation.classification,
    related_tasks: decision.proposal.related_tasks,
    policy_version: decision.policies.version,
    retention: decision.retention,
    personal: personalIn(decision),
    event: fact(escalationOpened, {
      escalation_id: escalation.id,
      decision_id: decision.id,
      requested_by: decision.proposed_by,
      deciding_level: escalation.deciding_level,
      concerns: concerned(decision),
    }),
  };
}
