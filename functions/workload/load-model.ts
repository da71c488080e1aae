import * as z from 'zod';
import { Skill } from '../directory/contract.ts';
import { Status } from '../shared/principal.ts';

const count = z.int().min(0);

/**
 * What the workload knows of an agent. `slots` is what is free of its capacity beside what it works on, `free` beside what is
 * assigned to it, too; both may be below zero, where its capacity was lowered, or more was assigned by hand.
 */
export const AgentLoad = z.strictObject({
  agent: z.string(),
  domain: z.string(),
  team: z.string(),
  skills: z.array(Skill),
  capacity: count,
  status: Status,
  reachable: z.boolean(),
  working: count,
  queued: count,
  slots: z.int(),
  free: z.int(),
  /** Percent of its capacity in use, as it says itself. */
  reported: z.int().min(0).max(100).nullable(),
  done: count,
  failed: count,
  revised: count,
  /** Of finished work: what was estimated, and what it took. */
  estimated_minutes: count,
  spent_minutes: count,
  /** Topics of its last work, newest first. */
  recent: z.array(z.string()),
});
export type AgentLoad = z.output<typeof AgentLoad>;

/** An agent as the directory has it. */
export type Registered = {
  id: string;
  domain: string;
  team: string;
  skills: AgentLoad['skills'];
  capacity: number;
  status: AgentLoad['status'];
};

/** An agent without work. */
export const idle = ({ id, domain, team, skills, capacity, status }: Registered): AgentLoad => ({
  agent: id,
  domain,
  team,
  skills,
  capacity,
  status,
  reachable: true,
  working: 0,
  queued: 0,
  slots: capacity,
  free: capacity,
  reported: null,
  done: 0,
  failed: 0,
  revised: 0,
  estimated_minutes: 0,
  spent_minutes: 0,
  recent: [],
});

const remembered = 10;
export const withTopic = (recent: readonly string[], topic: string | null): string[] =>
  topic === null ? [...recent] : [topic, ...recent].slice(0, remembered);

/** Percent of its capacity that an agent uses: what it works on, or what it says if that is more. */
export const utilisation = ({
  working,
  capacity,
  reported,
}: Pick<AgentLoad, 'working' | 'capacity' | 'reported'>): number =>
  Math.min(100, Math.max(Math.round((100 * working) / Math.max(1, capacity)), reported ?? 0));

/** Above this an agent has too much to do. */
export const mostUtilisation = 90;
export const isOverloaded = (load: Parameters<typeof utilisation>[0]): boolean => utilisation(load) > mostUtilisation;

/** Whether more work may be brought to an agent. */
export const isAvailable = ({ status, reachable, free }: Pick<AgentLoad, 'status' | 'reachable' | 'free'>): boolean =>
  status === 'active' && reachable && free > 0;
