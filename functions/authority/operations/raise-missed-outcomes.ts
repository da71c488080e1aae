import { type Commit, Contended } from '../../shared/commit.ts';
import { fact } from '../../shared/contract.ts';
import { Problem } from '../../shared/errors.ts';
import { continueTrace } from '../../shared/trace.ts';
import { type Decision, outcomeMissed } from '../contract.ts';
import { missOutcome, withReservation } from '../model.ts';
import type { LimitsPort } from '../../limits/contract.ts';
import { personalIn } from '../personal.ts';
import { type Authority, writes } from '../store.ts';

type Deps = { store: Authority; limits: Pick<LimitsPort, 'expire'>; commit: Commit };

/** Actor of what the control plane does by itself. */
const sweeper = 'orchestra_sweeper';
const perShard = 100;

/**
 * Raises an alert, once, for every decision whose outcome is overdue, and gives back what it reserved.
 * @returns how many were raised; a full sweep may leave more for the next one
 */
export async function raiseMissedOutcomes(deps: Deps, now: Date): Promise<number> {
  let raised = 0;
  for (const decision of await deps.store.overdue(now, perShard)) {
    const missed = missOutcome(decision, now);
    if (missed && (await raise(deps, missed, now))) raised += 1;
  }
  return raised;
}

async function raise(deps: Deps, overdue: Decision, now: Date): Promise<boolean> {
  const expired = overdue.reservation && (await deps.limits.expire(overdue.reservation));
  const missed = expired ? withReservation(overdue, expired.reservation) : overdue;
  try {
    const context = { actor: sweeper, now, trace: continueTrace(undefined) };
    const changes = [writes.replace(missed), ...(expired?.writes ?? [])];
    await deps.commit({ writes: changes, entries: [entryOf(missed)] }, context);
    return true;
  } catch (error) {
    // The purses moved meanwhile: the next sweep finds the decision again.
    if (error instanceof Contended) return false;
    // The outcome came, or another sweep raised it, between the read and the write: nothing is missing any more.
    if (error instanceof Problem && error.code === 'VersionConflict') return false;
    throw error;
  }
}

function entryOf(missed: Decision) {
  return {
    action_type: 'execution' as const,
    domain: missed.domain,
    subject: `decision/${missed.id}`,
    sequence: missed.version,
    summary: `No outcome by ${missed.outcome_due_at}: ${missed.proposal.summary}`,
    details: { outcome: 'missing' },
    classification: missed.proposal.classification,
    related_tasks: missed.proposal.related_tasks,
    policy_version: missed.policies.version,
    retention: missed.retention,
    personal: personalIn(missed),
    event: fact(outcomeMissed, {
      decision_id: missed.id,
      proposed_by: missed.proposed_by,
      due_at: missed.outcome_due_at ?? '',
      concerns: [missed.domain],
    }),
  };
}
