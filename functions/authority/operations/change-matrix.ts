import { type Change, persistently } from '../../shared/commit.ts';
import { fact } from '../../shared/contract.ts';
import { digestOf } from '../../shared/digest.ts';
import { Problem } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { EntryDraft } from '../../shared/ledger.ts';
import type { Call } from '../../shared/serve.ts';
import { type Decision, type Matrix, matrixChanged, outcomeRecorded, type routes } from '../contract.ts';
import { mandateFault } from '../mandate.ts';
import { matrixFaults } from '../matrix-model.ts';
import type { LimitsPort } from '../../limits/contract.ts';
import { type Authority, writes } from '../store.ts';

type Deps = { store: Pick<Authority, 'matrix' | 'decision'>; limits: Pick<LimitsPort, 'settle'> };
type Asked = Call<(typeof routes)['changeMatrix']>;

/**
 * Puts another matrix in force. The decision that allows it gets its outcome in the same transaction, so that it serves
 * once, and what it reserved goes back.
 */
export const changeMatrix = (deps: Deps, call: Asked): Promise<Matrix> => persistently(() => changeOnce(deps, call));

async function changeOnce({ store, limits }: Deps, call: Asked): Promise<Matrix> {
  const { rows, decision_id } = call.body;
  const [before, decision] = await Promise.all([store.matrix(), store.decision(decision_id)]);
  if (!before) throw new Problem('NotFound', 'No matrix is in force.');
  if (before.version !== call.version) {
    throw new Problem('PreconditionFailed', `The matrix in force has version ${before.version}.`);
  }
  const faults = matrixFaults(rows);
  if (faults.length > 0) throw new Problem('MatrixInvalid', `${faults[0]?.pointer}: ${faults[0]?.detail}`, { faults });
  const mandate = mandated(decision, rows, before, call.now);
  const matrix = { version: before.version + 1, rows, changed_at: call.now.toISOString() };
  const { used, settling } = await settled(limits, carriedOut(mandate, matrix, call.now), call);
  const change = {
    writes: [writes.matrix(matrix), writes.replace(used), ...settling.writes],
    entries: [matrixEntry(matrix, mandate), useEntry(used), ...settling.entries],
  };
  return call.commit(change, matrix);
}

/** The decision that allows the change; what was approved against another matrix may undo what came since. */
function mandated(decision: Decision | undefined, rows: Matrix['rows'], before: Matrix, now: Date): Decision {
  const fault = mandateFault(
    decision,
    { type: 'matrix_change', resource: { type: 'matrix', id: digestOf(rows) } },
    now,
  );
  if (fault !== undefined || !decision) throw new Problem('MandateMissing', fault ?? 'There is no such decision.');
  if (decision.matrix.version !== before.version) {
    throw new Problem('MandateMissing', `It was decided under version ${decision.matrix.version} of the matrix.`);
  }
  return decision;
}

type Used = Decision & { outcome: NonNullable<Decision['outcome']> };

function carriedOut(decision: Decision, { version }: Matrix, now: Date): Used {
  const recorded = { recorded_at: now.toISOString(), entry_id: newId(now) };
  const summary = `Matrix version ${version} came into force.`;
  return { ...decision, version: decision.version + 1, outcome: { result: 'succeeded', summary, ...recorded } };
}

/** The change itself consumes nothing: all that was reserved for it goes back. */
async function settled(limits: Deps['limits'], used: Used, call: Asked): Promise<{ used: Used; settling: Change }> {
  if (!used.reservation) return { used, settling: { writes: [], entries: [] } };
  const { change, reservation } = await limits.settle({
    reservation: used.reservation,
    abandoned: true,
    actual: undefined,
    decisionId: used.id,
    principal: used.proposed_by,
    domain: used.domain,
    now: call.now,
    trace: call.trace,
  });
  return { used: { ...used, reservation }, settling: change };
}

const matrixEntry = (matrix: Matrix, { id, proposal }: Decision): EntryDraft => ({
  action_type: 'execution',
  domain: 'enterprise',
  subject: 'matrix/active',
  sequence: matrix.version,
  summary: `Authority matrix version ${matrix.version} came into force: ${matrix.rows.length} rows`,
  details: { ...proposal.details, outcome: `Allowed by ${id}.` },
  classification: proposal.classification,
  retention: 'compliance',
  event: fact(matrixChanged, { version: matrix.version, rows: matrix.rows.length, concerns: ['enterprise'] }),
});

const useEntry = (used: Used): EntryDraft & { id: string } => ({
  id: used.outcome.entry_id,
  action_type: 'execution',
  domain: used.domain,
  subject: `decision/${used.id}`,
  sequence: used.version,
  summary: `Outcome of: ${used.proposal.summary}`,
  details: { outcome: `succeeded: ${used.outcome.summary}` },
  classification: used.proposal.classification,
  related_tasks: used.proposal.related_tasks,
  policy_version: used.policies.version,
  retention: used.retention,
  event: fact(outcomeRecorded, {
    decision_id: used.id,
    proposed_by: used.proposed_by,
    result: 'succeeded',
    concerns: [used.domain],
  }),
});
