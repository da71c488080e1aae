import { type Accident, planAccidents } from './accidents.ts';
import { chanceOf, type Chance } from './chance.ts';
import type { Agent } from './crew.ts';
import { type Parts, planParts } from './parts.ts';

/** A task as it is asked for. */
export type TaskSpec = Record<string, unknown> & { id: string; team: string };

/** A task that comes into the queue of a team at a moment of the day, in milliseconds from its beginning. */
export type PlannedTask = {
  at: number;
  /** An agent of the domain, or its orchestrator where absent. */
  by: string | undefined;
  domain: string;
  task: TaskSpec;
  /** Given to the best fit at once, taken from whoever holds it later, or given up later. */
  later: 'nothing' | 'assign' | 'reassign' | 'cancel';
};

export type Plan = { seed: string; length: number; tasks: PlannedTask[]; accidents: Accident[]; parts: Parts };

/** Minutes of the working day that is played. */
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
  const count = Math.round(agents.length * (0.4 + length / 120_000));
  // Some work waits in the morning; nothing comes in the last quarter, so that the day can end.
  const times = Array.from({ length: count }, (_, n) => (n < count / 4 ? n * 150 : chance.next() * length * 0.75));
  const tasks = times.toSorted((a, b) => a - b).map((at, n) => plannedTask(chance, at, n, agents, seed));
  const accidents = planAccidents(chanceOf(`${seed}/accidents`), length, agents, leaseSeconds * 1000);
  const struck = new Set(accidents.map(({ agent }) => agent));
  // What is to be shown must not fall to an accident that is to be shown, too.
  const safe = agents.filter(({ id }) => !struck.has(id));
  return { seed, length, tasks, accidents, parts: planParts(chanceOf(`${seed}/parts`), length, safe, seed) };
}

function plannedTask(chance: Chance, at: number, n: number, agents: readonly Agent[], seed: string): PlannedTask {
  const doer = chance.pick(agents);
  const creator = chance.pick(agents.filter(({ domain }) => domain === doer.domain));
  const skill = chance.pick(doer.skills);
  const late = chance.next();
  return {
    at: Math.round(at),
    by: chance.flip(0.3) ? creator.id : undefined,
    domain: doer.domain,
    task: {
      id: `DAY-${seed}-${String(n + 1).padStart(3, '0')}`,
      title: chance.pick(titles),
      team: doer.team,
      required_skills: chance.flip(0.6) ? [{ name: skill.name, proficiency: chance.int(1, skill.proficiency) }] : [],
      // Two teams on one topic are a conflict; this is none.
      topic: `${doer.team}-${chance.pick(['service', 'report', 'release'])}`,
      priority: chance.pick(['critical', 'high', 'normal', 'normal', 'low']),
      estimate_minutes: chance.int(12, 70),
      review_required: chance.flip(0.2),
    },
    later: late < 0.25 ? 'assign' : late < 0.32 ? 'reassign' : late < 0.37 ? 'cancel' : 'nothing',
  };
}
