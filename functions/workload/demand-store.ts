import * as z from 'zod';
import { addSeconds, dayOf, epochSeconds } from '../shared/clock.ts';
import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { everyItem } from '../shared/every-item.ts';
import { shardOf } from '../shared/ledger.ts';

/** Spread of the counters of one day: tasks that come at once must not wait for each other. */
const dayShards = 8;
const keptDays = 400;

const count = z.number().min(0);
const DemandDay = z.object({ skill: z.string(), day: z.string(), created: count, completed: count, minutes: count });
/** What came of a skill on a UTC day: tasks created, tasks completed, and minutes that the created ones were estimated at. */
export type DemandDay = z.output<typeof DemandDay>;

export const demandKeys = {
  /** W20 What came of a skill in a domain, by UTC day, in shards. */
  demand: (domain: string, skill: string, day: string, shard: number): Key => ({
    pk: `workload#demand#${domain}#${skill}`,
    sk: `${day}#${shard}`,
  }),
  /** W21 Skills of a domain that there was ever demand for. */
  demanded: (domain: string, skill: string): Key => ({ pk: `workload#demanded#${domain}`, sk: skill }),
} as const;

/** What a task adds to the counters of its skills. `day` is that of the event, whenever it is delivered. */
export type Demand = {
  task: string;
  domain: string;
  skills: readonly string[];
  at: string;
  add: { created: number; completed: number; minutes: number };
};

const placeOf = ({ task, domain, at }: Demand, skill: string): Key =>
  demandKeys.demand(domain, skill, dayOf(new Date(at)), shardOf(task, dayShards));

export type Demands = ReturnType<typeof demandStore>;

/** Questions about demand. */
export const demandStore = (table: Table) => ({
  /** The writes that count a task; to be made anew where another was first to begin a day. */
  counting: async (demand: Demand): Promise<Write[]> => {
    const found = await table.getMany(demand.skills.map((skill) => placeOf(demand, skill)));
    return demand.skills.flatMap((skill, at) => (found[at] ? [more(demand, skill)] : first(demand, skill)));
  },
  /** Skills that there was ever demand for, at most `limit`. */
  skills: async (domain: string, limit: number): Promise<string[]> => {
    const { pk } = demandKeys.demanded(domain, '');
    const { items } = await table.query({ partition: ['pk', pk], limit });
    return items.map(({ sk }) => String(sk));
  },
  /** Days on which there was demand, by day; both bounds inclusive. */
  days: async (domain: string, skill: string, from: string, to: string): Promise<Map<string, DemandDay>> => {
    const { pk } = demandKeys.demand(domain, skill, '', 0);
    const days = new Map<string, DemandDay>();
    const sort = { name: 'sk', from, to: `${to}#~` };
    for await (const item of everyItem(table, { partition: ['pk', pk], sort })) {
      const one = DemandDay.parse(bare(item));
      const sum = days.get(one.day) ?? { ...one, created: 0, completed: 0, minutes: 0 };
      const { created, completed, minutes } = sum;
      days.set(one.day, {
        ...sum,
        created: created + one.created,
        completed: completed + one.completed,
        minutes: minutes + one.minutes,
      });
    }
    return days;
  },
});

function more(demand: Demand, skill: string): Write {
  const add = Object.fromEntries(Object.entries(demand.add).filter(([, by]) => by !== 0));
  return { kind: 'adjust', key: placeOf(demand, skill), add, where: [{ path: 'skill', is: skill }] };
}

function first(demand: Demand, skill: string): Write[] {
  const at = new Date(demand.at);
  const item: Item = {
    skill,
    day: dayOf(at),
    ...demand.add,
    ttl: epochSeconds(addSeconds(at, keptDays * 86_400)),
  };
  return [
    { kind: 'create', key: placeOf(demand, skill), item },
    { kind: 'put', key: demandKeys.demanded(demand.domain, skill), item: { skill } },
  ];
}
