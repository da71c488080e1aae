import * as z from 'zod';
import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { Counted, type Move, Supply } from './capacity-model.ts';
import type { AgentLoad } from './load-model.ts';
import { keys, loadFrom } from './store.ts';

export const capacityKeys = {
  /** W22 Agents of a domain that can work, and their capacity, by skill. */
  supply: (domain: string, skill: string): Key => ({ pk: `workload#supply#${domain}`, sk: skill }),
  /** W23 As what an agent is counted in the supply. */
  counted: (agent: string): Key => ({ pk: `workload#agent#${agent}`, sk: 'supply' }),
} as const;

const SupplyRow = Supply.extend({ skill: z.string() });

const countedFrom = (item: Item | undefined): Counted | undefined => (item ? Counted.parse(bare(item)) : undefined);

export type Supplies = ReturnType<typeof supplyStore>;

/** Questions about who there is to work. */
export const supplyStore = (table: Table) => ({
  /** An agent as it is, and as what it is counted. */
  standing: async (agent: string): Promise<{ load: AgentLoad | undefined; counted: Counted | undefined }> => {
    const [load, counted] = await table.getMany([keys.load(agent), capacityKeys.counted(agent)]);
    return { load: loadFrom(load), counted: countedFrom(counted) };
  },
  /** The writes that count an agent as something else; to be made anew where another counted it, or a skill, first. */
  counting: async (next: Counted, moves: readonly Move[]): Promise<Write[]> => {
    const places = moves.map(({ domain, skill }) => capacityKeys.supply(domain, skill));
    const rows = await table.getMany(places);
    const key = capacityKeys.counted(next.agent);
    const own: Write =
      next.version === 1
        ? { kind: 'create', key, item: next }
        : { kind: 'replace', key, item: next, version: next.version - 1 };
    return [own, ...moves.map((move, at) => moved(move, rows[at] !== undefined))];
  },
  /** By skill, at most `limit` of them. */
  ofDomain: async (domain: string, limit: number): Promise<Map<string, Supply>> => {
    const { pk } = capacityKeys.supply(domain, '');
    const { items } = await table.query({ partition: ['pk', pk], limit });
    const rows = items.map((item) => SupplyRow.parse(bare(item)));
    return new Map(rows.map(({ skill, agents, capacity }) => [skill, { agents, capacity }]));
  },
});

function moved({ domain, skill, by }: Move, isThere: boolean): Write {
  const key = capacityKeys.supply(domain, skill);
  if (!isThere) return { kind: 'create', key, item: { skill, ...by } };
  const add = Object.fromEntries(Object.entries(by).filter(([, amount]) => amount !== 0));
  return { kind: 'adjust', key, add, where: [{ path: 'skill', is: skill }] };
}
