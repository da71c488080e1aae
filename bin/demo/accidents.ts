import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import type { Agent } from './crew.ts';
import type { Scene } from './scene.ts';

/** What happens to the process of an agent, when it works on something at that moment or after it. */
export type Accident = {
  at: number;
  agent: string;
  kind: 'killed' | 'hangs';
  /** Milliseconds until it is there again; never where absent. */
  back: number | undefined;
};

/** About every fourth agent has an accident. What is back within its lease goes on; what is not loses what it held. */
export function planAccidents(chance: Chance, length: number, agents: readonly Agent[], lease: number): Accident[] {
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

/** So long an accident waits for its agent to work on something. */
const patienceMs = 20_000;

/** Kills an agent, or makes it hang, in the middle of its work; and brings it back. */
export async function befalls({ fleet, view, seen, until }: Scene, accident: Accident): Promise<void> {
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
