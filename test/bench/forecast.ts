import { heldOutError } from '../../functions/workload/forecast-model.ts';
import { seasonalSeries, seriesKinds } from '../support/seasonal-series.ts';
import { type Figure, under } from './report.ts';
import { mean, median } from './statistics.ts';

const days = 56;
const seeds = 40;

/** How far off the forecast of demand is, held against taking last week for it. No clock and no cloud: it only counts. */
export function forecastFigures(): Figure[] {
  const kinds = seriesKinds(days);
  const found = kinds.flatMap((kind) =>
    Array.from({ length: seeds }, (_, seed) => heldOutError(seasonalSeries(1_000 + seed, kind))),
  );
  const errors = found.flatMap((one) => one?.error.mape ?? []);
  const repeated = found.flatMap((one) => one?.repeated.mape ?? []);
  const against = `${kinds.length} kinds of demand with a week’s season (steady, growing, shrinking; calm and noisy), ${seeds} seeds each: ${days} days, the last 7 held out`;
  return [
    {
      name: 'forecast.mape_ratio',
      value: mean(errors) / mean(repeated),
      unit: 'ratio',
      target: under(1),
      against: `${against}: mean error of the forecast, as a share of that of repeating last week.`,
    },
    { name: 'forecast.mape', value: 100 * median(errors), unit: '%', against: `${against}: median of the error.` },
  ];
}
