import { addSeconds } from '../shared/clock.ts';
import type { Flip, PolicyRequest, PolicyVerdict, Simulation, Tally } from './contract.ts';

/** A recorded decision, as far as a replay needs it. */
export type Recorded = {
  id: string;
  type: string;
  proposed_by: string;
  proposed_at: string;
  /** Undefined where the proposer was not kept with it. */
  question: PolicyRequest | undefined;
  policies: PolicyVerdict;
};

export const noTally: Tally = { replayed: 0, unreplayable: 0, errors: 0, of_other_versions: 0, changes: [] };

/** Puts the questions of recorded decisions again; each counts once, as replayed or as unreplayable. */
export function replay(
  decisions: readonly (Recorded | undefined)[],
  verdictOn: (request: PolicyRequest) => PolicyVerdict,
  against: number,
): { tally: Tally; flips: Flip[] } {
  const counts = { ...noTally };
  const flips: Flip[] = [];
  for (const decision of decisions) {
    if (!decision?.question) {
      counts.unreplayable += 1;
      continue;
    }
    const verdict = verdictOn(decision.question);
    counts.replayed += 1;
    if (verdict.errors.length > 0) counts.errors += 1;
    if (decision.policies.version !== against) counts.of_other_versions += 1;
    if (verdict.effect !== decision.policies.effect) flips.push(flipOf(decision, verdict));
  }
  return { tally: { ...counts, changes: changesOf(flips) }, flips };
}

const flipOf = ({ id, type, proposed_by, proposed_at, policies }: Recorded, verdict: PolicyVerdict): Flip => ({
  decision_id: id,
  type,
  proposed_by,
  proposed_at,
  recorded_version: policies.version,
  from: { effect: policies.effect, determining: policies.determining },
  to: { effect: verdict.effect, determining: verdict.determining, errors: verdict.errors },
});

type Changes = Tally['changes'];

const changesOf = (flips: readonly Flip[]): Changes =>
  summed(flips.map(({ from, to }) => ({ from: from.effect, to: to.effect, count: 1 })));

function summed(changes: Changes): Changes {
  const counts = new Map<string, Changes[number]>();
  for (const { from, to, count } of changes) {
    const key = `${from} ${to}`;
    counts.set(key, { from, to, count: (counts.get(key)?.count ?? 0) + count });
  }
  return [...counts.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change);
}

export const added = (a: Tally, b: Tally): Tally => ({
  replayed: a.replayed + b.replayed,
  unreplayable: a.unreplayable + b.unreplayable,
  errors: a.errors + b.errors,
  of_other_versions: a.of_other_versions + b.of_other_versions,
  changes: summed([...a.changes, ...b.changes]),
});

export const flipCount = ({ changes }: Tally): number => changes.reduce((sum, { count }) => sum + count, 0);

/**
 * How far a simulation is. Working data of one execution: `version` counts the pages, and what they found is entered in
 * the ledger with the result, once.
 */
export type Progress = {
  version: number;
  /** Recorded from this entry id on, and below the other: newest first, so the second comes down. */
  from: string;
  before: string;
  seen: number;
  moved_at: string;
  tally: Tally;
};

export type Page = { decisions: readonly (Recorded | undefined)[]; next: string | undefined };

/** The progress after a page, and whether it was the last. */
export function advanced(progress: Progress, page: Page, tally: Tally, last: number, now: Date) {
  const seen = progress.seen + page.decisions.length;
  const next: Progress = {
    ...progress,
    version: progress.version + 1,
    before: page.next ?? progress.from,
    seen,
    moved_at: now.toISOString(),
    tally: added(progress.tally, tally),
  };
  return { next, done: page.next === undefined || seen >= last };
}

export const completed = (simulation: Simulation, tally: Tally, now: Date): Simulation => ({
  ...simulation,
  ...tally,
  version: simulation.version + 1,
  state: 'completed',
  finished_at: now.toISOString(),
});

export const failed = (simulation: Simulation, failure: string, tally: Tally, now: Date): Simulation => ({
  ...simulation,
  ...tally,
  version: simulation.version + 1,
  state: 'failed',
  failure,
  finished_at: now.toISOString(),
});

/** Longer than all attempts at one page take together: an execution that is silent for so long has ended unheard. */
const silenceSeconds = 1_800;

export const isStalled = ({ moved_at }: Pick<Progress, 'moved_at'>, now: Date): boolean =>
  addSeconds(new Date(moved_at), silenceSeconds) <= now;

/** Flips in lots that are written as one record each. */
export function lotsOf(flips: readonly Flip[], size: number): Flip[][] {
  const lots: Flip[][] = [];
  for (let at = 0; at < flips.length; at += size) lots.push(flips.slice(at, at + size));
  return lots;
}
