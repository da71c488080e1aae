import { setTimeout as sleep } from 'node:timers/promises';
import type { Claim, Lease, PastClaim, Task, Work } from '../../functions/workload/contract.ts';
import { chanceOf } from './chance.ts';
import type { AgentSelf } from './self.ts';

/** Of its capacity, what an agent of the day uses. */
const mostAtOnce = 2;
/** A task that was given up so often is not given up again. */
const mostAttempts = 4;

/** How an agent lives with tasks: it looks for one, claims it, works on it with signs of life, and ends it. */
export function taskDuty(self: AgentSelf) {
  const { agent, call, pace, say } = self;
  const working = new Map<string, number>();
  const most = Math.min(mostAtOnce, agent.capacity);

  async function work(task: Task, token: number): Promise<void> {
    working.set(task.id, token);
    try {
      if (await worked(task, token)) await end(task, token);
    } catch (error) {
      say({ kind: 'trouble', text: String(error) });
    } finally {
      working.delete(task.id);
    }
  }

  /** @returns whether it still has the task when the work is done, as far as it knows */
  async function worked(task: Task, token: number): Promise<boolean> {
    const until = Date.now() + task.estimate_minutes * pace.workMinute;
    if (task.state === 'claimed' && !(await done(task.id, token, 'start', { token }))) return false;
    for (;;) {
      const left = until - Date.now();
      if (left <= 0) return true;
      await sleep(Math.min(left, pace.heartbeat));
      if (Date.now() >= until) return true;
      const beat = await call<Lease>('POST', `/tasks/${task.id}/heartbeats`, {
        body: { token, progress: 'It goes on.' },
      });
      if (beat.status !== 200) return lost(task.id, token, 'heartbeat');
      say({ kind: 'renewed', task: task.id, token, expiresAt: beat.body.expires_at });
    }
  }

  async function end(task: Task, token: number): Promise<void> {
    const chance = chanceOf(`${self.seed}/${task.id}/${String(task.attempts)}`).next();
    const isTried = task.attempts >= mostAttempts;
    if (chance < 0.05 && !isTried) {
      await done(task.id, token, 'failure', { token, reason: 'What it needs does not exist.' }, 'failed');
    } else if (chance < 0.12 && !isTried) {
      await done(task.id, token, 'release', { token, reason: 'Somebody else knows this better.' }, 'released');
    } else {
      await done(task.id, token, 'completion', { token, result: `Done by ${agent.id}.` }, 'completed');
    }
  }

  async function done(
    task: string,
    token: number,
    what: string,
    body: object,
    how?: 'completed' | 'failed' | 'released',
  ): Promise<boolean> {
    const { status } = await call('POST', `/tasks/${task}/${what}`, { body });
    if (status !== 200) return lost(task, token, what);
    if (how) say({ kind: 'ended', task, token, how });
    return true;
  }

  function lost(task: string, token: number, what: string): false {
    say({ kind: 'lost', task, token, what });
    return false;
  }

  async function claim(id: string, found: 'assigned' | 'open' | 'abandoned'): Promise<void> {
    const { status, body } = await call<Claim>('POST', `/tasks/${id}/claims`);
    if (status !== 201) return;
    say({ kind: 'claimed', task: id, token: body.token, expiresAt: body.expires_at, found });
    void work(body.task, body.token);
  }

  /** Whatever it held when it was killed is its own still, if it is back in time: the token is in the record. */
  async function resume(held: readonly Task[]): Promise<void> {
    for (const task of held) {
      const token = task.holding?.agent === agent.id ? task.holding.token : undefined;
      if (token === undefined || working.has(task.id)) continue;
      const beat = await call<Lease>('POST', `/tasks/${task.id}/heartbeats`, {
        body: { token, progress: 'Back again.' },
      });
      if (beat.status !== 200) continue;
      say({ kind: 'resumed', task: task.id, token, expiresAt: beat.body.expires_at });
      void work(task, token);
    }
  }

  /** A colleague's task whose lease ran out can be claimed before anybody sweeps it up. */
  async function rescue(): Promise<void> {
    const query = `domain=${agent.domain}&team=${agent.team}&state=running&limit=100`;
    const { status, body } = await call<{ items: Task[] }>('GET', `/tasks?${query}`);
    if (status !== 200) return;
    const others = body.items.filter(({ holding }) => holding !== null && holding.agent !== agent.id);
    if (others.length === 0) return;
    const task = self.chance.pick(others);
    const claims = await call<{ live: Lease | null; past: PastClaim[] }>('GET', `/tasks/${task.id}/claims`);
    const live = claims.status === 200 ? claims.body.live : null;
    if (live && Date.parse(live.expires_at) < Date.now()) await claim(task.id, 'abandoned');
  }

  return {
    isIdle: () => working.size === 0,
    count: () => working.size,
    /** One look at the queue. */
    look: async (): Promise<void> => {
      if (working.size >= most) return;
      const { status, body } = await call<Work>('GET', `/agents/${agent.id}/work`);
      if (status !== 200) return;
      await resume(body.held);
      if (self.isClosing()) return;
      const assigned = body.assigned.find(({ id }) => !working.has(id));
      const open = body.claimable.slice(0, 3);
      if (working.size >= most) return;
      if (assigned) await claim(assigned.id, 'assigned');
      else if (open.length > 0) await claim(self.chance.pick(open).id, 'open');
      else if (working.size === 0 && self.chance.flip(0.5)) await rescue();
    },
  };
}
