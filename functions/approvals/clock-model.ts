import type { Escalation } from './contract.ts';
import type { ClockState } from './workflow-contract.ts';

/** How an escalation stands, for its workflow. A time that is over already is given as the shortest that a task may have. */
export function clockState(escalation: Escalation, now: Date): ClockState {
  const until = (at: string): number => Math.ceil((new Date(at).getTime() - now.getTime()) / 1000);
  const deadline = Math.max(2, until(escalation.level_deadline));
  return {
    state: escalation.state === 'open' ? 'open' : 'closed',
    round: escalation.round,
    reminded: escalation.reminded,
    until_reminder: Math.min(deadline - 1, Math.max(1, until(escalation.reminder_at))),
    until_deadline: deadline,
  };
}

/** What the clock of an open escalation does next, and when. */
export const nextTick = (escalation: Escalation): { at: string; does: 'remind' | 'move_up' } =>
  escalation.reminded
    ? { at: escalation.level_deadline, does: 'move_up' }
    : { at: escalation.reminder_at, does: 'remind' };
