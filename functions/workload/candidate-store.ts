import * as z from 'zod';
import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { type AgentLoad, isAvailable, isOverloaded, utilisation } from './load-model.ts';
import { loadFrom } from './store.ts';
import type { Task } from './task-contract.ts';

/** Every agent has this one: tasks that need no skill look there. */
export const anySkill = '*';

export const candidateKeys = {
  /** W9 What the index of candidates says of an agent: which rows it has, and since when it has too much to do. */
  entry: (agent: string): Key => ({ pk: `workload#agent#${agent}`, sk: 'index' }),
  /** W10 An agent as the index of candidates has it, for one of its skills. */
  row: (agent: string, skill: string): Key => ({ pk: `workload#agent#${agent}`, sk: `skill#${skill}` }),
  /** W11 Agents of a domain that have a skill and room for more, least used first. Sparse. */
  candidates: (domain: string, skill: string, order: string) => ({
    gsi1pk: `workload#candidates#${domain}#${skill}`,
    gsi1sk: order,
  }),
  /** W12 Agents that have too much to do, by since when. Sparse. */
  overloaded: (since: string, agent: string) => ({ gsi1pk: 'workload#overloaded', gsi1sk: `${since}#${agent}` }),
} as const;

export const IndexEntry = z.strictObject({
  agent: z.string(),
  version: z.int().min(1),
  skills: z.array(z.string()),
  overloaded_since: z.string().nullable(),
  /** How often it was entered that it has too much to do. */
  notices: z.int().min(0),
});
export type IndexEntry = z.output<typeof IndexEntry>;

const entryFrom = (item: Item | undefined): IndexEntry | undefined => (item ? IndexEntry.parse(bare(item)) : undefined);

/** Enough to find a good one among those that are least used, and few enough for one page. */
const mostCandidates = 60;

export type Candidates = ReturnType<typeof candidateStore>;

/** Questions to the index of candidates. It follows the loads of agents by moments: what is found is checked where it is used. */
export const candidateStore = (table: Table) => ({
  /** The least used agents of a domain that have the first skill of a task. One request, however large the fleet is. */
  find: async (task: Pick<Task, 'domain' | 'required_skills'>): Promise<AgentLoad[]> => {
    const skill = task.required_skills[0]?.name ?? anySkill;
    const { gsi1pk } = candidateKeys.candidates(task.domain, skill, '');
    const question = { index: 'gsi1' as const, partition: ['gsi1pk', gsi1pk] as const, limit: mostCandidates };
    const { items } = await table.query(question);
    return items.flatMap((item) => loadFrom(item) ?? []);
  },
  /** The load of an agent, and what the index says of it. */
  standing: async (agent: string): Promise<{ load: AgentLoad | undefined; entry: IndexEntry | undefined }> => {
    const [load, entry] = await table.getMany([
      { pk: `workload#agent#${agent}`, sk: 'load' },
      candidateKeys.entry(agent),
    ]);
    return { load: loadFrom(load), entry: entryFrom(entry) };
  },
  /** Agents that have had too much to do since then or before. */
  overloaded: async (since: string, limit: number): Promise<IndexEntry[]> => {
    const { items } = await table.query({
      index: 'gsi1',
      partition: ['gsi1pk', 'workload#overloaded'],
      sort: { name: 'gsi1sk', to: `${since}#~` },
      limit,
    });
    return items.flatMap((item) => entryFrom(item) ?? []);
  },
});

/** The writes that bring the index to the load of an agent; serialised by the version of its entry. */
export function indexWrites(load: AgentLoad, before: IndexEntry | undefined, now: Date): Write[] {
  const { agent } = load;
  const skills = [anySkill, ...load.skills.map(({ name }) => name)];
  const isOver = load.status === 'active' && isOverloaded(load);
  const overloaded_since = isOver ? (before?.overloaded_since ?? now.toISOString()) : null;
  const entry: IndexEntry = {
    agent,
    version: (before?.version ?? 0) + 1,
    skills,
    overloaded_since,
    notices: before?.notices ?? 0,
  };
  const item = {
    ...entry,
    ...(overloaded_since === null ? {} : candidateKeys.overloaded(overloaded_since, agent)),
  };
  const key = candidateKeys.entry(agent);
  const gone = (before?.skills ?? []).filter((skill) => !skills.includes(skill));
  const order = `${String(utilisation(load)).padStart(3, '0')}#${String(1000 - Math.max(0, load.free)).padStart(4, '0')}#${agent}`;
  const listed = (skill: string): Item =>
    isAvailable(load) ? candidateKeys.candidates(load.domain, skill, order) : {};
  return [
    before ? { kind: 'replace', key, item, version: before.version } : { kind: 'create', key, item },
    ...skills.map((skill): Write => ({
      kind: 'put',
      key: candidateKeys.row(agent, skill),
      item: { ...load, ...listed(skill) },
    })),
    ...gone.map((skill): Write => ({ kind: 'remove', key: candidateKeys.row(agent, skill) })),
  ];
}
