import { type AgentLoad, isAvailable } from './load-model.ts';
import { lacking } from './model.ts';
import type { Fit, Ranking } from './order-contract.ts';
import type { Favour, Task } from './task-contract.ts';

type Parts = Fit['parts'];
type PartName = keyof Parts;

/** How much each part counts; the sum of a row is 1. What is favoured takes from the other of the two. */
const weights = {
  balanced: { skills: 0.3, load: 0.2, boundary: 0.15, specialisation: 0.15, quality: 0.1, speed: 0.1 },
  quality: { skills: 0.3, load: 0.2, boundary: 0.15, specialisation: 0.15, quality: 0.18, speed: 0.02 },
  speed: { skills: 0.3, load: 0.2, boundary: 0.15, specialisation: 0.15, quality: 0.02, speed: 0.18 },
} as const satisfies Record<Favour, Record<PartName, number>>;

const names = Object.keys(weights.balanced) as PartName[];
const bestProficiency = 5;

/** To four places: scores are compared and shown, and the sum of the shown parts has to be the shown score. */
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
const clamped = (value: number): number => Math.min(1, Math.max(0, value));

type Asked = Pick<Task, 'required_skills' | 'topic' | 'favour' | 'domain' | 'team'>;

function partsOf(task: Asked, agent: AgentLoad): Parts {
  const parts: Parts = {
    skills: skillOf(task, agent),
    load: clamped(agent.free / Math.max(1, agent.capacity)),
    boundary: agent.team === task.team ? 1 : agent.domain === task.domain ? 0.5 : 0,
    specialisation: familiarity(task, agent),
    quality: (agent.done - Math.min(agent.done, agent.revised) + 1) / (agent.done + agent.failed + 2),
    speed: clamped((agent.estimated_minutes + 60) / (agent.estimated_minutes + agent.spent_minutes + 120)),
  };
  return Object.fromEntries(names.map((name) => [name, rounded(clamped(parts[name]))])) as Parts;
}

/** Mean over the needed skills of how near to the best an agent is; where none is needed, all are as good. */
function skillOf({ required_skills }: Asked, { skills }: AgentLoad): number {
  if (required_skills.length === 0) return 1;
  const has = (name: string): number => skills.find((skill) => skill.name === name)?.proficiency ?? 0;
  return required_skills.reduce((sum, { name }) => sum + has(name) / bestProficiency, 0) / required_skills.length;
}

/** Share of an agent's last work that was on the topic; who is new is neither at home nor elsewhere. */
function familiarity({ topic }: Asked, { recent }: AgentLoad): number {
  if (topic === null || recent.length === 0) return 0.5;
  return recent.filter((one) => one === topic).length / recent.length;
}

export function fitOf(task: Asked, agent: AgentLoad): Fit {
  const parts = partsOf(task, agent);
  const given = weights[task.favour];
  const score = rounded(clamped(names.reduce((sum, name) => sum + given[name] * parts[name], 0)));
  return { agent: agent.agent, domain: agent.domain, team: agent.team, score, parts };
}

/** Why an agent is no candidate; undefined when it is one. */
export function exclusion(task: Task, agent: AgentLoad): string | undefined {
  if (agent.status !== 'active') return `It is ${agent.status}.`;
  if (!agent.reachable) return 'It is unreachable.';
  const missing = lacking(task, agent.skills);
  if (missing.length > 0) return `It lacks ${missing.join(', ')}.`;
  if (agent.domain !== task.domain) return 'It is outside of the domain.';
  return isAvailable(agent) ? undefined : 'It has no room for more.';
}

/** Candidates in order: best score first, and by id where that is the same, so that the same question has one answer. */
export function rank(task: Task, agents: readonly AgentLoad[]): Ranking {
  const judged = agents.map((agent) => ({ agent, reason: exclusion(task, agent) }));
  const candidates = judged
    .filter(({ reason }) => reason === undefined)
    .map(({ agent }) => fitOf(task, agent))
    .sort((a, b) => b.score - a.score || (a.agent < b.agent ? -1 : 1));
  const excluded = judged.flatMap(({ agent, reason }) =>
    reason === undefined ? [] : [{ agent: agent.agent, reason }],
  );
  excluded.sort((a, b) => (a.agent < b.agent ? -1 : 1));
  return { task_id: task.id, weights: weights[task.favour], candidates, considered: agents.length, excluded };
}
