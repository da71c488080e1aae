import * as z from 'zod';
import { addSeconds, dayOf } from '../shared/clock.ts';
import type { SkillCapacity } from './capacity-contract.ts';
import { forecast, heldOutError } from './forecast-model.ts';
import type { AgentLoad } from './load-model.ts';

const count = z.int().min(0);
export const Supply = z.object({ agents: count, capacity: count });
export type Supply = z.output<typeof Supply>;

/** As what an agent is counted: not at all where it cannot work. */
export const Counted = z.object({
  agent: z.string(),
  version: z.int().min(1),
  domain: z.string(),
  skills: z.array(z.string()),
  capacity: count,
});
export type Counted = z.output<typeof Counted>;

/** All work of a domain, and everybody in it. */
export const allWork = '*';

/** As what an agent is to be counted, one version on; undefined where it is counted so already. */
export function countedNext(before: Counted | undefined, load: AgentLoad): Counted | undefined {
  const works = load.status === 'active' && load.reachable;
  const skills = works ? [allWork, ...load.skills.map(({ name }) => name).toSorted()] : [];
  const capacity = works ? load.capacity : 0;
  const { agent, domain } = load;
  const isSame =
    before?.domain === domain && before.capacity === capacity && before.skills.join(' ') === skills.join(' ');
  if (isSame || (before === undefined && !works)) return undefined;
  return { agent, version: (before?.version ?? 0) + 1, domain, skills, capacity };
}

export type Move = { domain: string; skill: string; by: Supply };

/** By how much the supply of each skill moves. */
export function supplyMoves(before: Counted | undefined, after: Counted): Move[] {
  const moves = new Map<string, Move>();
  const add = ({ domain, skills, capacity }: Counted, sign: 1 | -1): void => {
    for (const skill of skills) {
      const key = JSON.stringify([domain, skill]);
      const { by } = moves.get(key) ?? { by: { agents: 0, capacity: 0 } };
      const sum = { agents: by.agents + sign, capacity: by.capacity + sign * capacity };
      moves.set(key, { domain, skill, by: sum });
    }
  };
  if (before) add(before, -1);
  add(after, 1);
  return [...moves.values()].filter(({ by }) => by.agents !== 0 || by.capacity !== 0);
}

const dayMinutes = 1440;
export const historyDays = 56;
const horizon = 7;

/** UTC days of the history, oldest first, and today. */
export function historyOf(now: Date): { days: string[]; today: string } {
  const before = (days: number): string => dayOf(addSeconds(now, -days * 86_400));
  return { days: Array.from({ length: historyDays }, (_, n) => before(historyDays - n)), today: before(0) };
}

type Day = SkillCapacity['today'];
export type Queue = SkillCapacity['queue'];
export const noQueue: Queue = { tasks: 0, minutes: 0, oldest_wait_minutes: 0 };

/** What is known of a skill. */
export type Known = { skill: string; demand: ReadonlyMap<string, Omit<Day, 'day'>>; supply: Supply; queue: Queue };

const rounded = (share: number | null): number | null => (share === null ? null : Math.round(share * 1e4) / 1e4);

/** Above this share of what is available work begins to wait. */
const mostUsed = 0.9;

/**
 * How demand and supply of a skill stand. Capacity that several skills share is counted for each of them: the use of one skill is at
 * least what is said here, and `*` tells whether there is enough for all of them together.
 */
export function capacityOf({ skill, demand, supply, queue }: Known, now: Date): SkillCapacity {
  const { days, today } = historyOf(now);
  const dayAt = (day: string): Day => {
    const { created = 0, completed = 0, minutes = 0 } = demand.get(day) ?? {};
    return { day, created, completed, minutes };
  };
  const history = days.map(dayAt);
  const minutes = history.map((day) => day.minutes);
  // Days before the first work are no demand of zero: there was nobody yet to ask.
  const first = minutes.findIndex((value) => value > 0);
  const series = first === -1 ? [] : minutes.slice(first);
  const { method, values } = forecast(series, horizon);
  const expected = values.reduce((sum, value) => sum + value, 0);
  const needed = Math.round((expected + queue.minutes) / horizon);
  const available = supply.capacity * dayMinutes;
  const utilisation = needed === 0 ? 0 : available === 0 ? null : needed / available;
  return {
    skill,
    history,
    today: dayAt(today),
    forecast: {
      method,
      days: values.map((value, n) => ({ day: dayOf(addSeconds(now, n * 86_400)), minutes: Math.round(value) })),
      error: errorOf(series),
    },
    supply: { ...supply, available_minutes: available },
    queue,
    needed_minutes: needed,
    utilisation: rounded(utilisation),
    bottleneck: utilisation === null || utilisation > mostUsed,
  };
}

function errorOf(series: readonly number[]): SkillCapacity['forecast']['error'] {
  const found = heldOutError(series);
  if (!found) return null;
  const shown = ({ mape, wmape }: typeof found.error) => ({ mape: rounded(mape), wmape: rounded(wmape) });
  return { method: found.method, held_out: shown(found.error), repeated_week: shown(found.repeated) };
}

/** Skills that have more to do than they should, most used first; those with nobody at all before them. */
export const bottlenecksOf = (skills: readonly SkillCapacity[]): string[] =>
  skills
    .filter(({ bottleneck }) => bottleneck)
    .toSorted(
      (a, b) => (b.utilisation ?? Infinity) - (a.utilisation ?? Infinity) || a.skill.localeCompare(b.skill, 'en'),
    )
    .map(({ skill }) => skill);
