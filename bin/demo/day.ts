import { setTimeout as sleep } from 'node:timers/promises';
import { type Agent, orchestratorOf, runtimeOf } from './crew.ts';
import { desk } from './desk.ts';
import { type Fleet, fleetOf } from './fleet.ts';
import { type Call, callerOf } from './http.ts';
import type { Heard, Pace } from './messages.ts';
import { type Accident, type Plan, type PlannedTask, playedMinute } from './plan.ts';
import { type View, viewOf } from './view.ts';

/** Where the day is played. */
export type Stage = {
  url: string;
  /** A token of a runtime, or of a person who signed in (`people/<username>`). */
  token: (runtime: string) => Promise<string>;
  agents: readonly Agent[];
  leaseSeconds: number;
  heartbeatSeconds: number;
  isQuiet: boolean;
};

/** What was seen of the day from outside of the control plane: each answer that an agent got, and what befell it. */
export type Seen = { heard: Heard[]; accidents: (Accident & { wasAtWork: boolean })[] };

/** What those who play a part of the day have to do with. */
export type Scene = {
  plan: Plan;
  fleet: Fleet;
  view: View;
  seen: Seen;
  /** The API as an orchestrator sees it. */
  as: (orchestrator: string) => Call;
  /** Waits for a moment of the day. */
  until: (at: number) => Promise<void>;
  isOver: () => boolean;
};

/** How long agents have for what they began, when the day is over. */
const overtimeMs = 40_000;
/** So long an accident waits for its agent to work on something. */
const patienceMs = 20_000;

/** Brings the agents to work, one after the other: forty that ask at the same moment are a crowd, not a fleet. */
export async function assemble(stage: Stage, plan: Plan, log: (line: string) => void): Promise<() => Promise<Seen>> {
  const { agents, url, token } = stage;
  const pace: Pace = { poll: 4000, heartbeat: stage.heartbeatSeconds * 1000, workMinute: playedMinute(plan.length) };
  const seen: Seen = { heard: [], accidents: [] };
  const tokenOf = (agent: Agent): Promise<string> => token(runtimeOf(agent.id, agent.domain));
  const fleet: Fleet = fleetOf(agents, { url, seed: plan.seed, pace, tokenOf }, (heard) => {
    seen.heard.push(heard);
    view.hear(heard);
  });
  const view = viewOf(plan.length, () => ({ alive: fleet.alive(), working: fleet.working() }), stage.isQuiet);
  for (const [at, { id }] of agents.entries()) {
    await fleet.start(id);
    await sleep(250);
    log(`${String(at + 1)} processes`);
  }
  while (agents.some(({ id }) => !fleet.isReady(id))) await sleep(100);
  const as = (principal: string): Call => callerOf({ url, token: () => token('orchestration'), principal });
  return () => play({ plan, fleet, view, seen, as }, agents);
}

/** Plays the day. @returns when all agents are gone */
async function play(given: Omit<Scene, 'until' | 'isOver'>, agents: readonly Agent[]): Promise<Seen> {
  const { plan, fleet, view, seen } = given;
  const began = Date.now();
  const until = (at: number): Promise<void> => sleep(Math.max(0, began + at - Date.now()));
  const day = { isOver: false };
  const scene: Scene = { ...given, until, isOver: () => day.isOver };
  view.begin();
  try {
    const reviewing = reviews(scene, [...new Set(agents.map(({ domain }) => domain))]);
    const parts = [
      ...plan.tasks.map((task) => comesIn(scene, task)),
      ...plan.accidents.map((accident) => befalls(scene, accident)),
    ];
    await Promise.all([...parts, until(plan.length)]);
    await fleet.close(overtimeMs, (agent) => view.tell(`${agent} did not come to its end`));
    day.isOver = true;
    await reviewing;
  } finally {
    fleet.killAll();
    view.end();
  }
  return seen;
}

async function comesIn(scene: Scene, planned: PlannedTask): Promise<void> {
  const { plan, fleet, view, until } = scene;
  const work = desk(plan.seed, scene.as(orchestratorOf(planned.domain)));
  await until(planned.at);
  const byAgent = planned.by !== undefined && fleet.tell(planned.by, { kind: 'create', task: planned.task });
  if (!byAgent && (await work.create(planned.task))) view.counts.created += 1;
  if (planned.later === 'nothing') return;
  await sleep(planned.later === 'assign' ? 1500 : plan.length * 0.12);
  const said = await work.followUp(planned);
  if (said !== undefined) view.tell(said);
}

async function befalls({ fleet, view, seen, until }: Scene, accident: Accident): Promise<void> {
  const { agent, kind, back, at } = accident;
  await until(at);
  const latest = Date.now() + patienceMs;
  while (!fleet.holdsAny(agent) && Date.now() < latest) await sleep(100);
  // In the middle of it, not at its beginning.
  await sleep(700);
  const wasAtWork = fleet.holdsAny(agent);
  const what = wasAtWork ? 'in the middle of its work' : 'while it waited';
  const isDone = kind === 'hangs' ? fleet.tell(agent, { kind: 'hang', milliseconds: back ?? 0 }) : fleet.kill(agent);
  if (!isDone) return;
  seen.accidents.push({ ...accident, wasAtWork });
  if (kind === 'hangs') {
    view.counts.hung += 1;
    return view.tell(`${agent} hangs ${what}, for ${String(Math.round((back ?? 0) / 1000))} s`);
  }
  view.counts.killed += 1;
  view.tell(`${agent} is killed ${what}${back === undefined ? ', for good' : ''}`);
  if (back === undefined) return;
  await sleep(back);
  await fleet.start(agent);
  view.counts.back += 1;
  view.tell(`${agent} is back after ${String(Math.round(back / 1000))} s`);
}

/** Orchestrators look through what waits for a review, now and then, until everybody is gone. */
async function reviews(scene: Scene, domains: readonly string[]): Promise<void> {
  const desks = domains.map((domain) => ({ domain, work: desk(scene.plan.seed, scene.as(orchestratorOf(domain))) }));
  while (!scene.isOver()) {
    await sleep(4000);
    for (const { domain, work } of desks) await work.review(domain);
  }
}
