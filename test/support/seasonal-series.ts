/** A generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32). */
export function numbersOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Shares of the days of a week: few come at its end. */
const week = [1.2, 1.3, 1.25, 1.1, 0.9, 0.35, 0.25];

export type SeriesKind = {
  days: number;
  /** Standard deviation of a day, as a share of it, or of half the level where the season is additive. */
  noise: number;
  /** By how much of the first level the last one is above it. */
  trend: number;
  season: 'additive' | 'multiplicative';
};

/** Minutes of work by day, with the season of a week. */
export function seasonalSeries(seed: number, { days, noise, trend, season }: SeriesKind, level = 1_000): number[] {
  const random = numbersOf(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: days }, (_, day) => {
    const base = level * (1 + (trend * day) / days);
    const share = week[day % 7] ?? 1;
    const value =
      season === 'multiplicative'
        ? base * share * (1 + noise * normal())
        : base + 0.8 * level * (share - 1) + (noise / 2) * level * normal();
    return Math.max(0, Math.round(value));
  });
}

/** What demand may look like: steady, growing and shrinking, calm and noisy. */
export const seriesKinds = (days: number): SeriesKind[] =>
  (['additive', 'multiplicative'] as const).flatMap((season) =>
    [0.05, 0.1, 0.2, 0.4].flatMap((noise) => [-0.5, 0, 0.5, 1].map((trend) => ({ days, noise, trend, season }))),
  );
