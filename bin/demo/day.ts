import { setTimeout as sleep } from 'node:timers/promises';
import { befalls } from './accidents.ts';
import { type Agent, runtimeOf } from './crew.ts';
import { type Fleet, fleetOf } from './fleet.ts';
import { type Call, callerOf } from './http.ts';
import type { Heard, Pace, Report } from './messages.ts';
import { officeHours } from './office.ts';
import { type Plan, playedMinute } from './plan.ts';
import { comesIn, disagrees, handsOver, needs, offers, reserves } from './playing.ts';
import type { Scene, Seen } from './scene.ts';
import { viewOf } from './view.ts';

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

/** A day that can be played; its agents stay until they are sent home. */
export type Day = { play: () => Promise<Seen>; goHome: () => Promise<void> };

/** How long agents have for what they began, when the day is over. */
const overtimeMs = 40_000;

/** Brings the agents to work, one after the other: forty that ask at the same moment are a crowd, not a fleet. */
export async function assemble(stage: Stage, plan: Plan, log: (line: string) => void): Promise<Day> {
  const { agents, url, token, leaseSeconds, heartbeatSeconds } = stage;
  const pace: Pace = {
    poll: 4000,
    heartbeat: (leaseSeconds * 1000) / 3,
    pulse: heartbeatSeconds * 1000,
    workMinute: playedMinute(plan.length),
  };
  const seen: Seen = { heard: [], accidents: [] };
  const tokenOf = (agent: Agent): Promise<string> => token(runtimeOf(agent.id, agent.domain));
  const hear = (heard: Heard): void => {
    seen.heard.push(heard);
    view.hear(heard);
  };
  const fleet: Fleet = fleetOf(agents, { url, seed: plan.seed, pace, parts: plan.parts, tokenOf }, hear);
  const view = viewOf(plan.length, () => ({ alive: fleet.alive(), working: fleet.working() }), stage.isQuiet);
  for (const [at, { id }] of agents.entries()) {
    await fleet.start(id);
    await sleep(250);
    log(`${String(at + 1)} processes`);
  }
  while (agents.some(({ id }) => !fleet.isReady(id))) await sleep(100);
  const as = (principal: string): Call => callerOf({ url, token: () => token('orchestration'), principal });
  return { play: () => play({ plan, fleet, view, seen, as }, agents, hear), goHome: fleet.goHome };
}

/** Plays the day. @returns when all agents have ended what they had begun */
async function play(given: Omit<Scene, 'until' | 'isOver'>, agents: readonly Agent[], hear: (heard: Heard) => void) {
  const { plan, fleet, view, seen } = given;
  const began = Date.now();
  const until = (at: number): Promise<void> => sleep(Math.max(0, began + at - Date.now()));
  const day = { isOver: false };
  const scene: Scene = { ...given, until, isOver: () => day.isOver };
  const domains = [...new Set(agents.map(({ domain }) => domain))];
  view.begin();
  try {
    const office = officeHours(scene, domains, (agent: string, report: Report) =>
      hear({ ...report, agent, at: Date.now() }),
    );
    const { handoffs, needs: all, resources, reservations, conflicts } = plan.parts;
    await Promise.all([
      ...plan.tasks.map((task) => comesIn(scene, task)),
      ...plan.accidents.map((accident) => befalls(scene, accident)),
      ...handoffs.map((part) => handsOver(scene, part)),
      ...all.map((part) => needs(scene, part)),
      ...resources.map((part) => offers(scene, part)),
      ...reservations.map((part) => reserves(scene, part)),
      ...conflicts.map((part) => disagrees(scene, part)),
      until(plan.length),
    ]);
    for (const agent of await fleet.close(overtimeMs)) view.tell(`${agent} did not come to its end`);
    day.isOver = true;
    await office;
  } finally {
    view.end();
  }
  return seen;
}
