import { type Change, persistently } from '../../shared/commit.ts';
import { fact } from '../../shared/contract.ts';
import type { DataSubjects } from '../../shared/data-subjects.ts';
import type { Item, Write } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import { newId, newIdOf } from '../../shared/ids.ts';
import type { EntryDraft } from '../../shared/ledger.ts';
import { homeOf } from '../../shared/principal.ts';
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
import { deniedByLimits, judge, policyQuestion, targetDomain, withReservation } from '../model.ts';
import { personalIn, sealJudged } from '../personal.ts';
import type { Limits, Policies } from '../ports.ts';
import type { Receipts } from '../receipts.ts';
import { matrixFrom, writes } from '../store.ts';

type Deps = {
  policies: Policies;
  limits: Limits;
  receipts: Receipts;
  subjects: Pick<DataSubjects, 'sealer'>;
  outcomeDueHours: number;
};
type Asked = Call<(typeof routes)['proposeDecision']>;
type Loaded = readonly (Item | undefined)[];

/** Judges a proposal by the matrix and the policies in force, and records the verdict whatever it is. */
export async function proposeDecision(
  deps: Deps,
  call: Asked,
  [matrixItem, activePolicies, ...limits]: Loaded,
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
  const decision =
    stored.decision.verdict === 'allowed'
      ? await persistently((attempt) => withinLimits(deps, stored, call, attempt === 1 ? limits : undefined))
      : await call.commit(proposed(stored.decision, stored.escalation, stored.guards), stored.decision);
  return { ...decision, proposal: stored.presented };
}

/** Commits an allowed decision together with what it reserves; or as denied, where its limits have nothing left. */
async function withinLimits(
  deps: Deps,
  { decision: allowed, guards }: { decision: Decision; guards: readonly Write[] },
  call: Asked,
  loaded: Loaded | undefined,
): Promise<Decision> {
  const asked = {
    holder: homeOf(call.actor),
    amounts: allowed.proposal.estimate ?? {},
    expiresAt: allowed.outcome_due_at ?? call.now.toISOString(),
    now: call.now,
    trace: call.trace,
  };
  const found = await deps.limits.reserve(asked, loaded);
  const decision =
    found.kind === 'refused'
      ? deniedByLimits(allowed, found.refusal)
      : await withReceipt(deps, withReservation(allowed, found.reservation), call);
  const { writes: own, entries } = proposed(decision, undefined, guards);
  const { change } = found;
  await call.commit({ writes: [...own, ...change.writes], entries: [...entries, ...change.entries] }, decision);
  call.tell(found.told);
  return decision;
}

async function withReceipt(deps: Deps, decision: Decision, call: Asked) {
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
