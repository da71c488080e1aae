import { chanceOf, type Chance } from './chance.ts';
import type { Agent } from './crew.ts';

/** A task that comes into the queue of a team at a moment of the day, in milliseconds from its beginning. */
export type PlannedTask = {
  at: number;
  /** An agent of the domain, or its orchestrator where absent. */
  by: string | undefined;
  domain: string;
  task: Record<string, unknown> & { id: string; team: string };
  /** Given to the best fit at once, taken from whoever holds it later, or given up later. */
  later: 'nothing' | 'assign' | 'reassign' | 'cancel';
};

/** What happens to the process of an agent, when it works on something at that moment or after it. */
export type Accident = {
  at: number;
  agent: string;
  kind: 'killed' | 'hangs';
  /** Milliseconds until it is there again; never where absent. */
  back: number | undefined;
};

export type Plan = { seed: string; length: number; tasks: PlannedTask[]; accidents: Accident[] };

/** Hours of the working day that is played. */
const dayMinutes = 8 * 60;
/** What a minute of the day takes in the play, in milliseconds. */
export const playedMinute = (length: number): number => length / dayMinutes;

const titles = [
  'Raise the connection pool',
  'Find the cause of the slow page',
  'Add the delivery note',
  'Write the missing test',
  'Answer the open tickets',
  'Update the dependency',
  'Check the stock forecast',
  'Rotate the credential',
  'Draft the release notes',
  'Review the access report',
] as const;

/** All that is left to chance in a day, from its seed. */
export function planDay(seed: string, length: number, agents: readonly Agent[], leaseSeconds: number): Plan {
  const chance = chanceOf(`${seed}/plan`);
  const count = Math.round(agents.length * (0.4 + length / 100_000));
  // Some work waits in the morning; nothing comes in the last quarter, so that the day can end.
  const times = Array.from({ length: count }, (_, n) => (n < count / 4 ? n * 150 : chance.next() * length * 0.75));
  const tasks = times.toSorted((a, b) => a - b).map((at, n) => plannedTask(chance, at, n, agents, seed));
  return { seed, length, tasks, accidents: accidents(chance, length, agents, leaseSeconds * 1000) };
}

function plannedTask(chance: Chance, at: number, n: number, agents: readonly Agent[], seed: string): PlannedTask {
  const doer = chance.pick(agents);
  const creator = chance.pick(agents.filter(({ domain }) => domain === doer.domain));
  const skill = chance.pick(doer.skills);
  const id = `DAY-${seed}-${String(n + 1).padStart(3, '0')}`;
  const late = chance.next();
  return {
    at: Math.round(at),
    by: chance.flip(0.3) ? creator.id : undefined,
    domain: doer.domain,
    task: {
      id,
      title: chance.pick(titles),
      team: doer.team,
      required_skills: chance.flip(0.6) ? [{ name: skill.name, proficiency: chance.int(1, skill.proficiency) }] : [],
      topic: chance.pick(['checkout-api', 'search-index', 'app-release', 'warehouse', 'cost-report']),
      priority: chance.pick(['critical', 'high', 'normal', 'normal', 'low']),
      estimate_minutes: chance.int(12, 70),
      review_required: chance.flip(0.2),
    },
    later: late < 0.25 ? 'assign' : late < 0.32 ? 'reassign' : late < 0.37 ? 'cancel' : 'nothing',
  };
}

/** About every fourth agent has an accident. What is back within its lease goes on; what is not loses what it held. */
function accidents(chance: Chance, length: number, agents: readonly Agent[], lease: number): Accident[] {
  const struck = chance.shuffled(agents).slice(0, Math.max(2, Math.round(agents.length * 0.27)));
  return struck
    .map(({ id }, n): Accident => {
      const at = Math.round(length * (0.08 + chance.next() * 0.57));
      const [soon, late] = [chance.int(500, lease / 3), lease + chance.int(3000, 12_000)];
      if (n % 4 === 0) return { at, agent: id, kind: 'hangs', back: lease + chance.int(2000, 6000) };
      return { at, agent: id, kind: 'killed', back: [soon, late, undefined][n % 3] };
    })
    .toSorted((a, b) => a.at - b.at);
}
