import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentSelf } from './self.ts';

/** How an agent says that it is there, and how loaded it is. */
export function pulseDuty(
  { id, call, pace, agent, isClosing }: AgentSelf,
  tasks: { count: () => number; isIdle: () => boolean },
) {
  const beat = async (): Promise<void> => {
    const load = Math.min(100, Math.round((100 * tasks.count()) / agent.capacity));
    await call('POST', `/agents/${id}/heartbeat`, { body: { load, status: tasks.isIdle() ? 'idle' : 'working' } });
  };
  return {
    beat,
    /** Until it goes home. */
    goOn: async (): Promise<void> => {
      while (!isClosing() || !tasks.isIdle()) {
        // In small steps, so that the end of the day is noticed.
        for (let left = pace.pulse; left > 0 && (!isClosing() || !tasks.isIdle()); left -= 500) await sleep(500);
        await beat().catch(() => undefined);
      }
    },
  };
}
