import { setTimeout as sleep } from 'node:timers/promises';
import { type Chance, chanceOf } from './chance.ts';
import type { Agent } from './crew.ts';
import { type Call, callerOf } from './http.ts';
import type { Order, Pace, Report } from './messages.ts';
import type { Task } from '../../functions/workload/contract.ts';
import { taskDuty } from './tasks.ts';

/** An agent, as what it has to do sees it. */
export type Self = {
  agent: Agent;
  seed: string;
  chance: Chance;
  pace: Pace;
  call: Call;
  say: (report: Report) => void;
  /** The day is over: nothing new is begun. */
  isClosing: () => boolean;
};

/** The process of one agent. It knows the API and nothing else; whoever kills it finds nothing that it could have saved. */
const day = { isClosing: false };

const say = (report: Report): void => void process.send?.(report);

async function live({ agent, url, token, seed, life, pace }: Extract<Order, { kind: 'start' }>): Promise<void> {
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
  const self: Self = { agent, seed, chance, pace, call, say, isClosing: () => day.isClosing };
  const tasks = taskDuty(self);
  process.on('message', (order: Order) => {
    if (order.kind === 'create') void create(self, order.task);
  });
  await tasks.look();
  say({ kind: 'ready' });
  while (!day.isClosing || !tasks.isIdle()) {
    await tasks.look().catch((error: unknown) => say({ kind: 'trouble', text: String(error) }));
    // Whoever gets slow answers asks less often.
    await sleep(Math.max(pace.poll, 4 * slowest) * (0.75 + chance.next() / 2));
  }
  process.disconnect();
}

async function create({ call }: Self, task: Record<string, unknown>): Promise<void> {
  const { status, body } = await call<Task>('POST', '/tasks', { body: task });
  if (status === 201) say({ kind: 'created', task: body.id });
}

process.on('message', (order: Order) => {
  switch (order.kind) {
    case 'start':
      void live(order);
      return;
    case 'hang':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, order.milliseconds);
      return;
    case 'close':
      day.isClosing = true;
      return;
    case 'create':
      // Whoever lives hears it too.
      return;
  }
});
// Nobody is left behind when the day ends otherwise.
process.on('disconnect', () => process.exit());
// Ctrl-C reaches everybody at the terminal; the day itself ends its agents.
process.on('SIGINT', () => undefined);
