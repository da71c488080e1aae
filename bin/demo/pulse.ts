import type { AgentSelf } from './self.ts';

/** How an agent says that it is there, and how loaded it is. */
export function pulseDuty({ id, call, pace, agent }: AgentSelf, tasks: { count: () => number; isIdle: () => boolean }) {
  const beat = async (): Promise<void> => {
    const load = Math.min(100, Math.round((100 * tasks.count()) / agent.capacity));
    await call('POST', `/agents/${id}/heartbeat`, { body: { load, status: tasks.isIdle() ? 'idle' : 'working' } });
  };
  return {
    beat,
    /** As long as it lives, also when it has nothing to do any more. */
    goOn: (): void => {
      setInterval(() => void beat().catch(() => undefined), pace.pulse);
    },
  };
}
