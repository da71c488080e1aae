/** A bound; without one, a figure is there to be read. */
export type Target = { kind: 'at most' | 'under' | 'exactly'; value: number };

export type Figure = {
  name: string;
  value: number;
  unit: string;
  target?: Target;
  /** What it is measured on, and against what. */
  against: string;
};

export const atMost = (value: number): Target => ({ kind: 'at most', value });
export const exactly = (value: number): Target => ({ kind: 'exactly', value });
export const under = (value: number): Target => ({ kind: 'under', value });

/** Whether a figure is reached; null where nothing is asked of it. */
export function isMet({ value, target }: Figure): boolean | null {
  if (!target) return null;
  if (target.kind === 'exactly') return value === target.value;
  return target.kind === 'under' ? value < target.value : value <= target.value;
}

/** One line of `--json`. */
export const jsonLine = (figure: Figure): string => {
  const { name, value, unit, target } = figure;
  return JSON.stringify({ name, value: rounded(value), unit, target: target?.value ?? null, met: isMet(figure) });
};

/** Three decimals of what is small, none of what is large. A value must not be rounded into its target. */
const rounded = (value: number): number =>
  Math.abs(value) < 100 ? Math.round(value * 1000) / 1000 : Math.round(value);
export const shown = (value: number): string => rounded(value).toLocaleString('en-US', { maximumFractionDigits: 3 });

export const verdict = (figure: Figure): string => ({ true: 'yes', false: 'NO', null: '' })[`${isMet(figure)}`];
export const bound = ({ target }: Figure): string => (target ? `${target.kind} ${shown(target.value)}` : '');

/** The figures as a table for the terminal. */
export function table(figures: readonly Figure[]): string {
  const head = ['figure', 'value', 'unit', 'target', 'met'];
  const rows = [head, ...figures.map((one) => [one.name, shown(one.value), one.unit, bound(one), verdict(one)])];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string[] =>
    row.map((cell, column) => (column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)));
  return rows.map((row) => line(row).join('  ').trimEnd()).join('\n');
}
