import { createHash } from 'node:crypto';

/** Choices that look like chance, and are the same whenever the seed is. */
export type Chance = {
  /** From 0 to below 1. */
  next: () => number;
  /** A whole number from `from` to `to`, both included. */
  int: (from: number, to: number) => number;
  /** True in that share of cases. */
  flip: (share: number) => boolean;
  pick: <T>(all: readonly T[]) => T;
  shuffled: <T>(all: readonly T[]) => T[];
};

/** @param seed text, so that each agent and each task can have a sequence of its own that no other disturbs */
export function chanceOf(seed: string): Chance {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  // Mulberry32: one word of state, and good enough to choose who is killed.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  const pick = <T>(all: readonly T[]): T => {
    const one = all[int(0, all.length - 1)];
    if (one === undefined) throw new Error('there is nothing to pick from');
    return one;
  };
  const shuffled = <T>(all: readonly T[]): T[] => {
    const mixed = [...all];
    for (let last = mixed.length - 1; last > 0; last -= 1) {
      const other = int(0, last);
      [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
    }
    return mixed;
  };
  return { next, int, flip: (share) => next() < share, pick, shuffled };
}
