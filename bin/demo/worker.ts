import { setTimeout as sleep } from 'node:timers/promises';
import type { Task } from '../../functions/workload/contract.ts';
import { chanceOf } from './chance.ts';
import { conflictDuty } from './conflicts.ts';
import { dependencyDuty } from './dependencies.ts';
import { handoffDuty } from './handoffs.ts';
import { callerOf } from './http.ts';
import { inboxDuty } from './inbox.ts';
import type { Order, Report } from './messages.ts';
import { pulseDuty } from './pulse.ts';
import type { AgentSelf } from './self.ts';
import { taskDuty } from './tasks.ts';

/** The process of one agent. It knows the API and nothing else; whoever kills it finds nothing that it could have saved. */
const day = { isClosing: false };

const say = (report: Report): void => void process.send?.(report);
const troubled = (error: unknown): void => say({ kind: 'trouble', text: String(error) });

async function live({ agent, url, token, seed, life, pace, parts }: Extract<Order, { kind: 'start' }>): Promise<void> {
  const chance = chanceOf(`${seed}/${agent.id}/${String(life)}`);
  let slowest = 0;
  const call = callerOf({
    url,
    token,
    principal: agent.id,
    onAnswer: ({ method, path, status, code, milliseconds }) => {
      slowest = Math.max(slowest * 0.7, milliseconds);
      if (status >= 400) say({ kind: 'refused', method, path, status, code });
    },
  });
  const isClosing = (): boolean => day.isClosing;
  const self: AgentSelf = { id: agent.id, agent, seed, chance, pace, parts, call, say, isClosing };
  const tasks = taskDuty(self);
  const pulse = pulseDuty(self, tasks);
  const [handoffs, dependencies, conflicts] = [handoffDuty(self), dependencyDuty(self), conflictDuty(self)];
  const inbox = inboxDuty(self, [handoffs.ears, dependencies.ears, conflicts.ears]);
  const plays = {
    handoff: handoffs.open,
    need: dependencies.need,
    reservation: dependencies.reserve,
    conflict: conflicts.raise,
  };
  await pulse.beat();
  await tasks.look();
  process.on('message', (order: Order) => {
    if (order.kind === 'create') create(self, order.task).catch(troubled);
    if (order.kind === 'play') plays[order.what](order.name).catch(troubled);
  });
  say({ kind: 'ready' });
  pulse.goOn();
  for (let turn = 0; !day.isClosing || !tasks.isIdle(); turn += 1) {
    await tasks.look().catch(troubled);
    if (turn % 2 === 0) await inbox.look().catch(troubled);
    // Whoever gets slow answers asks less often.
    await pause(Math.min(4 * pace.poll, Math.max(pace.poll, 4 * slowest)) * (0.75 + chance.next() / 2));
  }
  say({ kind: 'rested' });
}

/** In small steps, so that the end of the day is noticed. */
async function pause(milliseconds: number): Promise<void> {
  const until = Date.now() + milliseconds;
  while (Date.now() < until && !day.isClosing) await sleep(Math.max(0, Math.min(250, until - Date.now())));
  if (day.isClosing) await sleep(250);
}

async function create({ call }: AgentSelf, task: Record<string, unknown>): Promise<void> {
  const { status, body } = await call<Task>('POST', '/tasks', { body: task });
  if (status === 201) say({ kind: 'created', task: body.id });
}

process.on('message', (order: Order) => {
  switch (order.kind) {
    case 'start':
      live(order).catch(troubled);
      return;
    case 'hang':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, order.milliseconds);
      return;
    case 'close':
      day.isClosing = true;
      return;
    case 'goHome':
      process.disconnect();
      process.exit();
      return;
    case 'create':
    case 'play':
      // Whoever is at work hears it too.
      return;
  }
});
// Nobody is left behind when the day ends otherwise.
process.on('disconnect', () => process.exit());
// Ctrl-C reaches everybody at the terminal; the day itself ends its agents.
process.on('SIGINT', () => undefined);
