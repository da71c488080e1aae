import { onLatest } from '../../shared/again.ts';
import { persistently } from '../../shared/commit.ts';
import { fact } from '../../shared/contract.ts';
import type { DataSubjects } from '../../shared/data-subjects.ts';
import type { Item } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { EntryDraft } from '../../shared/ledger.ts';
import type { Call } from '../../shared/serve.ts';
import { type Decision, decisionRedeemed, type Matrix, type routes } from '../contract.ts';
import { consultMatrix } from '../matrix.ts';
import { policyQuestion, reservationAsked, targetDomain, withReservation } from '../model.ts';
import { openDecision, personalIn, underPseudonym } from '../personal.ts';
import type { LimitsPort } from '../../limits/contract.ts';
import type { Approvals, Policies } from '../ports.ts';
import type { Receipts } from '../receipts.ts';
import { decideRedemption } from '../redemption-model.ts';
import { requestDigest } from '../request-digest.ts';
import { type Authority, matrixFrom, writes } from '../store.ts';
import { readable } from './get-decision.ts';

type Deps = {
  store: Authority;
  policies: Policies;
  approvals: Approvals;
  limits: LimitsPort;
  receipts: Receipts;
  subjects: DataSubjects;
  outcomeDueHours: number;
};
type RedeemCall = Call<(typeof routes)['redeemApproval']>;
type Loaded = readonly (Item | undefined)[];

/** Makes an approved decision an allowed one, once, if the request presented is the one that was approved. */
export async function redeemApproval(
  deps: Deps,
  call: RedeemCall,
  [matrixItem, activePolicies, ...limits]: Loaded,
): Promise<Decision> {
  const matrix = matrixFrom(matrixItem);
  const policies = await deps.policies.evaluate(activePolicies, policyQuestion(call.body, call.actor, call.now));
  // Where another redemption of the same approval came first, that is the answer.
  const redeemed = await onLatest(async () => {
    const allowed = await decided(deps, call, matrix, policies);
    return persistently((attempt) => redeem(deps, call, allowed, attempt === 1 ? limits : undefined));
  });
  return openDecision(deps.subjects, redeemed);
}

async function decided(
  deps: Deps,
  call: RedeemCall,
  matrix: Matrix | undefined,
  policies: Awaited<ReturnType<Policies['evaluate']>>,
): Promise<Decision> {
  const { actor, body, now } = call;
  const decision = await readable(deps, call.params.id, actor);
  const granted = decision.escalation_id === null ? undefined : await deps.approvals.of(decision.escalation_id);
  const question = { type: body.type, targetDomain: targetDomain(body, actor), tool: body.tool?.name };
  const outcome = decideRedemption({
    decision,
    granted,
    by: actor.id,
    digest: requestDigest(await underPseudonym(deps.subjects, body), actor, decision.policies.version),
    matrixVersion: matrix?.version ?? 0,
    found: consultMatrix(matrix, actor, question),
    policies,
    now,
    entryId: newId(now),
    outcomeDueHours: deps.outcomeDueHours,
  });
  if (outcome.kind === 'refuse') throw new Problem(outcome.why, outcome.detail);
  return outcome.next;
}

/** The one transaction in which the action becomes allowed takes from the limits what it is about to consume. */
async function redeem(deps: Deps, call: RedeemCall, allowed: Decision, loaded: Loaded | undefined): Promise<Decision> {
  const { actor, now, trace } = call;
  const found = await deps.limits.reserve(reservationAsked(allowed, call), loaded);
  call.tell(found.told);
  // Nothing is used up by this: the approval can be redeemed when there is room again.
  if (found.kind === 'refused') throw new Problem('LimitReached', found.refusal.detail);
  const reserved = withReservation(allowed, found.reservation);
  const next = { ...reserved, receipt: await deps.receipts.sign(reserved, actor, { actor: actor.id, now, trace }) };
  const { writes: more, entries } = found.change;
  return call.commit({ writes: [writes.replace(next), ...more], entries: [redemptionEntry(next), ...entries] }, next);
}

const redemptionEntry = (decision: Decision): EntryDraft & { id: string } => ({
  id: decision.entry_id,
  action_type: 'decision',
  domain: decision.domain,
  subject: `decision/${decision.id}`,
  sequence: decision.version,
  summary: decision.proposal.summary,
  details: { ...decision.proposal.details, outcome: `allowed: ${decision.reasons.at(-1)?.detail}` },
  classification: decision.proposal.classification,
  related_tasks: decision.proposal.related_tasks,
  policy_version: decision.policies.version,
  retention: decision.retention,
  personal: personalIn(decision),
  event: fact(decisionRedeemed, {
    decision_id: decision.id,
    decision_type: decision.proposal.type,
    proposed_by: decision.proposed_by,
    policy_version: decision.policies.version,
    matrix_row: decision.matrix.row,
    escalation_id: decision.escalation_id ?? '',
    concerns: [...new Set([decision.domain, targetDomain(decision.proposal, decision)])],
  }),
});
