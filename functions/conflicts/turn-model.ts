import { addSeconds } from '../shared/clock.ts';
import { type Level, levels } from '../shared/contract.ts';
import type { Conflict } from './contract.ts';
import { entered, missing, revised } from './model.ts';
import { decisionTypeOf } from './terms-model.ts';
import type { ClockState } from './workflow-contract.ts';

const rank = (level: Level): number => levels.indexOf(level);

/**
 * Levels that may decide a conflict, lowest first: from the one that the matrix names on. What no row names is for the board, and
 * no agent judges between teams.
 */
export const levelsFrom = (level: Level | undefined): Level[] =>
  levels.slice(Math.max(rank('domain'), rank(level ?? 'board')));

/** The next level above the one that a conflict waits for; the highest has none. */
export const levelAbove = (level: Level): Level => levels[Math.min(rank(level) + 1, levels.length - 1)] ?? 'board';

/** What happens to a conflict when the time of its turn is over. */
export type Over =
  | { kind: 'advanced'; next: Conflict; silent: string[] }
  /** A level must be found for it. */
  | { kind: 'escalates'; from: Level | null }
  | { kind: 'none' };

/** What follows when a turn is over; nothing when the conflict has left it. */
export function whenOver(conflict: Conflict, turn: number, now: Date): Over {
  if (conflict.turn !== turn) return { kind: 'none' };
  switch (conflict.step) {
    case 'identified':
    case 'documented':
      return { kind: 'none' };
    case 'perspectives':
    case 'interests': {
      const silent = missing(conflict, conflict.step);
      const { step } = conflict;
      const following = step === 'perspectives' ? 'interests' : 'options';
      const noted = [...conflict.silent, ...silent.map((party) => ({ step, party }))];
      const next = revised(conflict, { ...entered(conflict, following, now), silent: noted });
      return { kind: 'advanced', next, silent };
    }
    case 'options':
      return { kind: 'escalates', from: null };
    case 'escalated':
      return { kind: 'escalates', from: conflict.escalation?.level ?? null };
  }
}

/** The conflict while a level is to decide it; the highest one, asked again, has its time renewed. */
export function escalatedTo(conflict: Conflict, level: Level, now: Date): Conflict {
  const before = conflict.escalation;
  const renewals = before?.level === level ? before.renewals + 1 : 0;
  const seconds = conflict.terms.level;
  return revised(conflict, {
    step: 'escalated',
    turn: conflict.turn + 1,
    due_at: addSeconds(now, seconds).toISOString(),
    escalation: {
      decision_type: before?.decision_type ?? decisionTypeOf(conflict),
      level,
      since: now.toISOString(),
      reminder_at: addSeconds(now, seconds / 2).toISOString(),
      reminded: false,
      renewals,
    },
  });
}

/** The conflict once its level was reminded; undefined when there is nobody left to remind in this turn. */
export function reminded(conflict: Conflict, turn: number): Conflict | undefined {
  const { escalation } = conflict;
  if (conflict.step !== 'escalated' || conflict.turn !== turn || !escalation || escalation.reminded) return undefined;
  return revised(conflict, { escalation: { ...escalation, reminded: true } });
}

/** What the clock of an open conflict does next, and when; undefined for one that is over. */
export function nextTick({ step, due_at, escalation }: Conflict): { at: string; does: 'remind' | 'pass' } | undefined {
  if (due_at === null) return undefined;
  if (step === 'escalated' && escalation && !escalation.reminded) return { at: escalation.reminder_at, does: 'remind' };
  return { at: due_at, does: 'pass' };
}

/** How a conflict stands, for its workflow. A time that is over already is given as the shortest that a task may have. */
export function clockState(conflict: Conflict, now: Date): ClockState {
  const until = (at: string | null): number =>
    at === null ? 0 : Math.ceil((new Date(at).getTime() - now.getTime()) / 1000);
  const due = Math.max(2, until(conflict.due_at));
  return {
    step: conflict.step,
    turn: conflict.turn,
    reminded: conflict.escalation?.reminded ?? false,
    until_reminder: Math.min(due - 1, Math.max(1, until(conflict.escalation?.reminder_at ?? null))),
    until_due: due,
  };
}
