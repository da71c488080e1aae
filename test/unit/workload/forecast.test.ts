import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf, forecast, heldOutError, repeatedWeek } from '../../../functions/workload/forecast-model.ts';
import { seasonalSeries, type SeriesKind, seriesKinds } from '../../support/seasonal-series.ts';

const seeds = Array.from({ length: 12 }, (_, n) => 7 * n + 1);
const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/** Mean error over the seeds, as a share of that of repeating last week. */
function ratio(kind: SeriesKind, of: 'mape' | 'wmape'): number {
  const found = seeds.map((seed) => heldOutError(seasonalSeries(seed, kind)));
  return mean(found.map((one) => one?.error[of] ?? Number.NaN)) / mean(found.map((one) => one?.repeated[of] ?? 0));
}

describe('a forecast', () => {
  it.each([28, 42, 56])('[WRK-6] from %i days of work that comes by the week beats repeating last week', (days) => {
    for (const kind of seriesKinds(days)) expect(ratio(kind, 'wmape'), JSON.stringify(kind)).toBeLessThan(1);
    expect(mean(seriesKinds(days).map((kind) => ratio(kind, 'mape')))).toBeLessThan(0.9);
  });

  it('[WRK-6] of a week that repeats exactly is that week', () => {
    const week = [10, 20, 30, 40, 50, 0, 0];
    const series = Array.from({ length: 8 }, () => week).flat();
    for (const [day, value] of forecast(series, 14).values.entries()) expect(value).toBeCloseTo(week[day % 7] ?? 0, 6);
  });

  it('[WRK-6] follows growth, and lets it fade instead of running away', () => {
    const growing = Array.from({ length: 56 }, (_, day) => 100 + 10 * day);
    const { values } = forecast(growing, 7);
    const last = growing.at(-1) ?? 0;
    expect(values[6]).toBeGreaterThan(last);
    expect(values[6]).toBeLessThanOrEqual(last + 71);
    const far = forecast(growing, 400).values;
    expect((far[399] ?? 0) - (far[398] ?? 0)).toBeLessThan(10);
  });

  it('[WRK-6] says what it does with less than two weeks', () => {
    expect(forecast([], 3)).toEqual({ method: 'none', values: [0, 0, 0] });
    expect(forecast([10, 20], 2)).toEqual({ method: 'mean', values: [15, 15] });
    expect(forecast([1, 2, 3, 4, 5, 6, 7, 8], 8)).toEqual({
      method: 'repeated_week',
      values: [2, 3, 4, 5, 6, 7, 8, 2],
    });
    expect(forecast(seasonalSeries(1, { days: 14, noise: 0, trend: 0, season: 'additive' }), 7).method).toMatch(
      /^damped_holt_winters_/,
    );
    expect(heldOutError(Array.from({ length: 13 }, () => 5))).toBeUndefined();
    expect(heldOutError(Array.from({ length: 14 }, () => 5))).toMatchObject({
      method: 'repeated_week',
      error: { mape: 0, wmape: 0 },
    });
  });

  it('[WRK-6] is the same for the same history, never below zero, and always a number', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 100_000 }), { maxLength: 60 }), (series) => {
        const { values } = forecast(series, 7);
        expect(values).toHaveLength(7);
        expect(values.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
        expect(forecast([...series], 7).values).toEqual(values);
      }),
      { numRuns: 60 },
    );
  });

  it('[WRK-6] made of a history does not look at the week that it is held against', () => {
    const series = seasonalSeries(3, { days: 56, noise: 0.1, trend: 0.5, season: 'multiplicative' });
    const known = series.slice(0, -7);
    expect(heldOutError(series)?.error).toEqual(errorOf(series.slice(-7), forecast(known, 7).values));
    expect(heldOutError(series)?.repeated).toEqual(errorOf(series.slice(-7), series.slice(-14, -7)));
    expect(repeatedWeek(known, 7)).toEqual(series.slice(-14, -7));
  });
});

describe('the error of a forecast', () => {
  it('[WRK-6] leaves days without work out of the mean of shares, and counts what was expected of them in the other', () => {
    expect(errorOf([100, 0, 50], [110, 30, 50])).toEqual({ mape: 0.05, wmape: 40 / 150 });
  });

  it('[WRK-6] is none where there was no work to compare with', () => {
    expect(errorOf([0, 0], [1, 2])).toEqual({ mape: null, wmape: null });
  });
});
