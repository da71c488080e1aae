import type { Handoff } from './handoff-contract.ts';
import { isOpen } from './model.ts';
import type { ClockState, Due } from './workflow-contract.ts';

/** What the clock of a handoff does next, and when; `question` is the one that it is about. */
export type Tick = { does: Due; at: string; question?: number };

/** Undefined when the handoff is over. */
export function nextTick(handoff: Handoff): Tick | undefined {
  const { phase, deadline, reminder_at, reminded, questions } = handoff;
  if (!isOpen(handoff) || deadline === null) return undefined;
  if (phase !== 'support') {
    if (!reminded && reminder_at !== null) return { does: 'remind', at: reminder_at };
    return { does: 'expire', at: deadline };
  }
  const overdue = questions
    .flatMap(({ due_at, answered_at, escalated_at, number }) =>
      due_at !== null && answered_at === null && escalated_at === null ? [{ at: due_at, number }] : [],
    )
    .filter(({ at }) => at < deadline)
    .toSorted((a, b) => (a.at === b.at ? a.number - b.number : a.at < b.at ? -1 : 1));
  const [first] = overdue;
  return first ? { does: 'chase', at: first.at, question: first.number } : { does: 'close', at: deadline };
}

/** How a handoff stands, for its workflow. A time that is over already is given as the shortest that a task may have. */
export function clockState(handoff: Handoff, now: Date): ClockState {
  const tick = nextTick(handoff);
  if (!tick) return { phase: handoff.phase, does: 'nothing', at: '', until: 0 };
  const until = Math.max(1, Math.ceil((new Date(tick.at).getTime() - now.getTime()) / 1000));
  return { phase: handoff.phase, does: tick.does, at: tick.at, until };
}

/** What a handoff whose clock was stopped needs now; a reminder of a time that is over is none. */
export function overdueTick(handoff: Handoff, now: Date): Tick | undefined {
  const tick = nextTick(handoff);
  const { deadline } = handoff;
  if (tick?.does === 'remind' && deadline !== null && new Date(deadline) <= now)
    return { does: 'expire', at: deadline };
  return tick;
}
