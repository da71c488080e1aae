import type { Window } from './contract.ts';

const labelLength = { minute: 16, day: 10, month: 7 } as const satisfies Record<Window, number>;

/** Names the window that an instant is in: `2026-11-22T09:41`, `2026-11-22`, `2026-11`. Later windows sort later. */
export const labelOf = (window: Window, at: Date): string => at.toISOString().slice(0, labelLength[window]);

const midnight = '0000-01-01T00:00:00.000Z';

/** First instant of a window. */
export const startOf = (label: string): Date => new Date(label + midnight.slice(label.length));

/** First instant after a window. */
export function endOf(window: Window, label: string): Date {
  const start = startOf(label);
  if (window === 'month') return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1));
  return new Date(start.getTime() + (window === 'minute' ? 60_000 : 86_400_000));
}

/** Length of a window in seconds. */
export const secondsOf = (window: Window, label: string): number =>
  (endOf(window, label).getTime() - startOf(label).getTime()) / 1000;
