/** Days of a season: work comes by the week. */
const season = 7;
/** Two whole seasons tell a season from a trend. */
const seasonalFrom = 2 * season;

/** How a forecast was made; with less than two weeks of history not by a method that learns. */
export const methods = [
  'none',
  'mean',
  'repeated_week',
  'damped_holt_winters_additive',
  'damped_holt_winters_multiplicative',
] as const;
export type Method = (typeof methods)[number];
export type Forecast = { method: Method; values: number[] };

/** Whether a season adds to the level, or is a share of it: the weekend of a growing team grows with it. */
type Kind = 'additive' | 'multiplicative';
type Parameters = { kind: Kind; alpha: number; beta: number; gamma: number; phi: number };
type State = { level: number; trend: number; seasons: number[] };

const kinds: readonly Kind[] = ['additive', 'multiplicative'];
/** Without a trend there is nothing to damp. */
const trends = [{ beta: 0, phi: 1 }, ...[0.02, 0.05, 0.1].flatMap((beta) => [0.9, 0.98].map((phi) => ({ beta, phi })))];
/** Tried one by one on the history, so that the same history always gives the same forecast. */
const grid: readonly Parameters[] = kinds.flatMap((kind) =>
  [0.02, 0.05, 0.1, 0.2, 0.35, 0.5].flatMap((alpha) =>
    [0.02, 0.1, 0.2, 0.35].flatMap((gamma) => trends.map((trend) => ({ kind, alpha, gamma, ...trend }))),
  ),
);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);

/** A season this small says nothing of the level: work that never comes on a Sunday does not make Sundays count. */
const leastShare = 0.05;
const mostFirstWeeks = 4;

/** Where the smoothing begins: with level, trend and season of the first weeks together, so that one noisy week does not linger. */
function begun(series: readonly number[], kind: Kind, isTrended: boolean): State {
  const count = Math.min(mostFirstWeeks, Math.floor(series.length / season));
  const weeks = Array.from({ length: count }, (_, n) => series.slice(n * season, (n + 1) * season));
  const means = weeks.map(mean);
  const [first = 0] = means;
  const trend = isTrended ? ((means.at(-1) ?? first) - first) / ((count - 1) * season) : 0;
  const middle = (season - 1) / 2;
  const levelAt = (week: number, day: number): number =>
    isTrended ? first + trend * (week * season + day - middle) : (means[week] ?? first);
  const share = (value: number, level: number): number => {
    if (kind === 'additive') return value - level;
    return level > 0 ? value / level : 1;
  };
  const seasons = Array.from({ length: season }, (_, day) =>
    mean(weeks.map((week, n) => share(week[day] ?? 0, levelAt(n, day)))),
  );
  return { level: first - trend * (middle + 1), trend, seasons };
}

/** Sums of the damping factors: how much of the trend is in a forecast so many days ahead. */
const damped = (phi: number, horizon: number): number[] => {
  const sums = [0];
  for (let ahead = 1; ahead <= horizon; ahead += 1) sums.push((sums[ahead - 1] ?? 0) + phi ** ahead);
  return sums;
};

/** What a state expects `ahead` days after those before `day`. */
function expected({ level, trend, seasons }: State, kind: Kind, day: number, ahead: number, damping: number): number {
  const base = level + damping * trend;
  const share = seasons[(day + ahead - 1) % season] ?? 0;
  return kind === 'additive' ? base + share : Math.max(0, base) * share;
}

/** Takes one more day into a state. */
function learn(state: State, value: number, day: number, { kind, alpha, beta, gamma, phi }: Parameters): void {
  const { level, trend, seasons } = state;
  const was = seasons[day % season] ?? 0;
  const ahead = level + phi * trend;
  const adjusted = kind === 'additive' ? value - was : was > leastShare ? value / was : ahead;
  state.level = alpha * adjusted + (1 - alpha) * ahead;
  state.trend = beta === 0 ? 0 : beta * (state.level - level) + (1 - beta) * phi * trend;
  const share = kind === 'additive' ? value - state.level : state.level > 0 ? value / state.level : was;
  seasons[day % season] = gamma * share + (1 - gamma) * was;
}

const judgedBy = [1, 4, season] as const;

/** Runs through the history; `error` is the mean square of what was missed a day, some days and a week ahead. */
function fitted(series: readonly number[], parameters: Parameters): { state: State; error: number } {
  const { kind, beta, phi } = parameters;
  const state = begun(series, kind, beta > 0);
  const damping = damped(phi, season);
  let squares = 0;
  let counted = 0;
  for (const [day, value] of series.entries()) {
    for (const ahead of judgedBy) {
      const actual = series[day + ahead - 1];
      if (actual === undefined) break;
      squares += (actual - expected(state, kind, day, ahead, damping[ahead] ?? 0)) ** 2;
      counted += 1;
    }
    learn(state, value, day, parameters);
  }
  return { state, error: squares / Math.max(1, counted) };
}

/** The last week once more. */
export const repeatedWeek = (series: readonly number[], horizon: number): number[] =>
  Array.from({ length: horizon }, (_, n) => series[series.length - season + (n % season)] ?? 0);

/**
 * What comes after a series of days. With two weeks or more by damped Holt-Winters with a season of a week, its kind and parameters
 * being those that would have missed least so far; with less by the last week once more, or the mean of what there is, as
 * `method` says.
 */
export function forecast(series: readonly number[], horizon: number): Forecast {
  const days = Array.from({ length: horizon }, (_, n) => n + 1);
  if (series.length === 0) return { method: 'none', values: days.map(() => 0) };
  if (series.length < season) return { method: 'mean', values: days.map(() => mean(series)) };
  if (series.length < seasonalFrom) return { method: 'repeated_week', values: repeatedWeek(series, horizon) };
  const tried = grid.map((parameters) => ({ ...parameters, ...fitted(series, parameters) }));
  const { kind, phi, state } = tried.reduce((least, one) => (one.error < least.error ? one : least));
  const damping = damped(phi, horizon);
  const values = days.map((ahead) => Math.max(0, expected(state, kind, series.length, ahead, damping[ahead] ?? 0)));
  return { method: `damped_holt_winters_${kind}`, values };
}

/**
 * `mape`: mean of what was missed as a share of each day, days without any left out, since nothing is a share of nothing.
 * `wmape`: all that was missed as a share of all that came, which counts those days too. Null where there is nothing to divide by.
 */
export type ForecastError = { mape: number | null; wmape: number | null };

export function errorOf(actual: readonly number[], values: readonly number[]): ForecastError {
  const missed = actual.map((one, day) => Math.abs(one - (values[day] ?? 0)));
  const shares = actual.flatMap((one, day) => (one > 0 ? [(missed[day] ?? 0) / one] : []));
  const total = sum(actual);
  return {
    mape: shares.length > 0 ? mean(shares) : null,
    wmape: total > 0 ? sum(missed) / total : null,
  };
}

export type HeldOut = { method: Method; error: ForecastError; repeated: ForecastError };

/**
 * How far off the forecast of the last week would have been, made without knowing it; and how far repeating the week before.
 * Undefined with less than two weeks, where there is no week to repeat.
 */
export function heldOutError(series: readonly number[]): HeldOut | undefined {
  if (series.length < seasonalFrom) return undefined;
  const [known, actual] = [series.slice(0, -season), series.slice(-season)];
  const { method, values } = forecast(known, season);
  return { method, error: errorOf(actual, values), repeated: errorOf(actual, repeatedWeek(known, season)) };
}
