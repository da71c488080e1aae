import { DecisionProposal, recordedQuestion } from '../../functions/authority/contract.ts';
import { defaultRows } from '../../functions/authority/matrix.ts';
import { judge, policyQuestion } from '../../functions/authority/model.ts';
import type { Flip, PolicySetVersion, Simulation } from '../../functions/policies/contract.ts';
import { policySetDigest } from '../../functions/policies/digest.ts';
import { loadEvaluator } from '../../functions/policies/evaluator.ts';
import { replayPage } from '../../functions/policies/operations/replay-page.ts';
import { parsePolicyFile } from '../../functions/policies/policy-file.ts';
import { recordedOf } from '../../functions/policies/recorded-decisions.ts';
import { noTally, type Progress, type Recorded } from '../../functions/policies/simulation-model.ts';
import { newId, newIdOf } from '../../functions/shared/ids.ts';
import type { Actor } from '../../functions/shared/principal.ts';
import { proposal as asked } from './events.ts';
import { manyPolicies, policyCount } from './policies.ts';
import { agentAt } from './population.ts';
import { type Figure, under } from './report.ts';

const count = 10_000;
const pageSize = 500;
const flipsPer = 100;
const now = new Date();

const policies = manyPolicies().flatMap((text) => parsePolicyFile(text, 'enterprise'));
/** Forbids what every hundredth decision is about. */
const stricter = parsePolicyFile(
  '@id("bench-flip") @title("Flips") @advice("None.") @kind("baseline")\n' +
    'forbid (principal, action, resource == Orchestra::Target::"flips");',
  'enterprise',
);

const versionOf = (version: number, documents: PolicySetVersion['policies']): PolicySetVersion => {
  const label = { version, digest: policySetDigest(documents), created_at: now.toISOString(), created_by: 'bench' };
  return { ...label, note: '', policies: documents };
};

function recorded(): Recorded[] {
  const evaluator = loadEvaluator(versionOf(1, policies));
  const matrix = { version: 1, rows: [...defaultRows], changed_at: now.toISOString() };
  const { id, domain, team } = agentAt(0);
  const standing = { kind: 'agent', level: 'agent', credential: 'bench', roles: [], approved_tools: ['grep'] } as const;
  const actor: Actor = { id, name: id, domain, team, ...standing };
  return Array.from({ length: count }, (_, n) => {
    const resource = { type: 'service', id: n % flipsPer === 0 ? 'flips' : `service-${n}` };
    const proposal = DecisionProposal.parse({ ...asked, resource });
    const ids = { id: newIdOf('dec'), entryId: newId(now), escalationId: newIdOf('esc') };
    const verdict = evaluator.evaluate(policyQuestion(proposal, actor, now));
    const judged = judge({ ...ids, proposal, actor, matrix, policies: verdict, now, outcomeDueHours: 24 });
    if (judged.kind !== 'judged' || !recordedQuestion(judged.decision)) throw new Error('a decision is not recorded');
    return recordedOf(judged.decision);
  });
}

/** The pages of a simulation, as the function's steps do them, on a store that keeps its records in memory. */
async function simulate(decisions: readonly Recorded[]): Promise<Flip[]> {
  const set = versionOf(2, [...policies, ...stricter]);
  const loaded = { set, evaluator: loadEvaluator(set) };
  const known = { id: newIdOf('sim'), version: 1, policy_version: 2, against: 1, last: count, started_by: 'bench' };
  const times = { started_at: now.toISOString(), finished_at: null, failure: null };
  let simulation: Simulation = { ...known, ...times, state: 'running', ...noTally };
  let progress: Progress = { version: 1, from: '', before: '', seen: 0, moved_at: '', tally: noTally };
  const flips: Flip[] = [];
  const deps = {
    store: { simulation: async () => ({ simulation, progress }) },
    recorded: {
      page: async (_: unknown, limit: number) => ({
        decisions: decisions.slice(progress.seen, progress.seen + limit),
        next: String(progress.seen + limit),
      }),
    },
    versionOf: async () => loaded,
    commit: async ({ writes }: { writes: readonly unknown[] }) => {
      for (const { key, item } of writes as { key: { sk: string }; item: never }[]) {
        if (key.sk === 'progress') progress = item;
        else if (key.sk === 'simulation') simulation = item;
        else if (key.sk.startsWith('flips')) flips.push(...(item as { flips: Flip[] }).flips);
      }
      return [];
    },
    pageSize,
  };
  while ((await replayPage(deps, known.id, now)).state === 'running');
  if (simulation.replayed !== count) throw new Error(`${simulation.replayed} decisions instead of ${count}`);
  return flips;
}

/** A version over recorded decisions, without the reads and writes. */
export async function simulationFigures(): Promise<Figure[]> {
  const decisions = recorded();
  const began = performance.now();
  const flips = await simulate(decisions);
  const seconds = (performance.now() - began) / 1_000;
  if (flips.length !== count / flipsPer) throw new Error(`${flips.length} flips instead of ${count / flipsPer}`);
  const against = `A version of ${policyCount + 1} policies over ${count} recorded decisions, one page of ${pageSize} after the other, in process; ${flips.length} verdicts flip, and each is listed.`;
  return [{ name: 'simulation.seconds_per_10k', value: seconds, unit: 's', target: under(10), against }];
}
