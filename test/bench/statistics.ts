/** Middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const upper = Math.floor(sorted.length / 2);
  const lower = sorted.length % 2 === 0 ? upper - 1 : upper;
  return ((sorted[lower] ?? 0) + (sorted[upper] ?? 0)) / 2;
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
export const mean = (values: readonly number[]): number => sum(values) / values.length;

/** A thing to measure; it answers with what it took, or with several such values of one round. */
export type Sample = () => number | readonly number[] | Promise<number | readonly number[]>;

export type Pair = { measured: number; floor: number; ratio: number };

/**
 * Measures two things turn by turn, so that whatever slows the host slows both alike, and compares their medians.
 * Who goes first changes every round: the second finds warmer caches.
 */
export async function compare(measured: Sample, floor: Sample, rounds: number): Promise<Pair> {
  const values = { measured: [] as number[], floor: [] as number[] };
  const run = { measured, floor };
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (['measured', 'floor'] as const) : (['floor', 'measured'] as const);
    for (const name of order) values[name].push(...[await run[name]()].flat());
  }
  const pair = { measured: median(values.measured), floor: median(values.floor) };
  return { ...pair, ratio: pair.measured / pair.floor };
}

/** Milliseconds that one call took. */
export async function timed(call: () => unknown): Promise<number> {
  const began = performance.now();
  await call();
  return performance.now() - began;
}
