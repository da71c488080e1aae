import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent } from './crew.ts';
import type { Heard, Order, Pace, Report } from './messages.ts';
import type { Parts } from './parts.ts';

export type Member = {
  agent: Agent;
  life: number;
  process: ChildProcess | undefined;
  holds: Set<string>;
  ready: boolean;
  rested: boolean;
};

type Start = { url: string; seed: string; pace: Pace; parts: Parts; tokenOf: (agent: Agent) => Promise<string> };

/** The processes of all agents: one each, so that killing it is the end of that agent and of nobody else. */
export type Fleet = ReturnType<typeof fleetOf>;

export function fleetOf(
  agents: readonly Agent[],
  { url, seed, pace, parts, tokenOf }: Start,
  hear: (heard: Heard) => void,
) {
  const members = new Map<string, Member>(
    agents.map((agent) => [
      agent.id,
      { agent, life: 0, process: undefined, holds: new Set(), ready: false, rested: false },
    ]),
  );
  const member = (id: string): Member => {
    const found = members.get(id);
    if (!found) throw new Error(`there is no agent ${id}`);
    return found;
  };
  const tell = (id: string, order: Order): boolean => {
    const { ready, process: child } = member(id);
    return ready && isAlive(child) && child.connected && child.send(order);
  };

  async function start(id: string): Promise<void> {
    const one = member(id);
    const token = await tokenOf(one.agent);
    const child = fork(join(import.meta.dirname, 'worker.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    Object.assign(one, { life: one.life + 1, process: child, ready: false, rested: false });
    one.holds.clear();
    child.on('message', (report: Report) => {
      if (one.process === child) noted(one, report);
      hear({ ...report, agent: id, at: Date.now() });
    });
    child.on('error', (error) => hear({ kind: 'trouble', text: error.message, agent: id, at: Date.now() }));
    child.send({ kind: 'start', agent: one.agent, url, token, seed, life: one.life, pace, parts } satisfies Order);
  }

  /** Whatever it is doing: it gets no chance to end it. */
  function kill(id: string): boolean {
    const one = member(id);
    if (!isAlive(one.process)) return false;
    one.ready = false;
    return one.process.kill('SIGKILL');
  }

  const processes = (): ChildProcess[] => [...members.values()].map((one) => one.process).filter(isAlive);
  const killAll = (): void => {
    for (const id of members.keys()) kill(id);
  };
  process.once('exit', killAll);

  /** Lets everybody end what was begun; who takes too long is named. They stay, so that none of them falls silent. */
  async function close(withinMs: number): Promise<string[]> {
    const last = [...members.values()].filter((one) => isAlive(one.process));
    for (const { agent } of last) tell(agent.id, { kind: 'close' });
    const latest = Date.now() + withinMs;
    const late = () => last.filter((one) => isAlive(one.process) && !one.rested).map(({ agent }) => agent.id);
    while (late().length > 0 && Date.now() < latest) await sleep(100);
    return late();
  }

  /** Sends everybody home. @returns when all processes are gone */
  async function goHome(): Promise<void> {
    const last = processes();
    const ends = last.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of last) if (child.connected) child.send({ kind: 'goHome' } satisfies Order);
    const timer = setTimeout(killAll, 5000);
    await Promise.all(ends);
    clearTimeout(timer);
    process.off('exit', killAll);
  }

  return {
    start,
    kill,
    tell,
    close,
    goHome,
    killAll,
    isReady: (id: string): boolean => member(id).ready,
    holdsAny: (id: string): boolean => member(id).holds.size > 0,
    alive: (): number => processes().length,
    working: (): number => [...members.values()].filter((one) => isAlive(one.process) && one.holds.size > 0).length,
  };
}

const isAlive = (child: ChildProcess | undefined): child is ChildProcess =>
  child !== undefined && child.exitCode === null && child.signalCode === null;

function noted(one: Member, report: Report): void {
  if (report.kind === 'ready') one.ready = true;
  if (report.kind === 'rested') one.rested = true;
  if (report.kind === 'claimed' || report.kind === 'resumed') one.holds.add(report.task);
  if (report.kind === 'ended' || report.kind === 'lost') one.holds.delete(report.task);
}
