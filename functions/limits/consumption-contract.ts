import * as z from 'zod';
import { Timestamp } from '../shared/ids.ts';

/** What work consumes: money in micro-dollars, storage in bytes, time in seconds. */
export const dimensions = ['cost_micro_usd', 'tokens', 'api_calls', 'storage_bytes', 'wall_clock_seconds'] as const;
export const Dimension = z.literal(dimensions).meta({ id: 'LimitDimension' });
export type Dimension = z.output<typeof Dimension>;

/** Calendar windows, in UTC. */
export const Window = z.literal(['minute', 'day', 'month']).meta({ id: 'LimitWindow' });
export type Window = z.output<typeof Window>;

/** Up to 2^53 - 1, so that no sum of amounts under one quota is rounded. */
export const Amount = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Amounts by dimension; what is absent is not consumed, or not known. */
export const Consumption = z
  .strictObject({
    cost_micro_usd: Amount,
    tokens: Amount,
    api_calls: Amount,
    storage_bytes: Amount,
    wall_clock_seconds: Amount,
  })
  .partial()
  .meta({ id: 'Consumption', description: 'Money in micro-dollars, storage in bytes, time in seconds.' });
export type Consumption = z.output<typeof Consumption>;

/**
 * What a decision holds of every limit over its proposer until it is settled: the amounts, and where they were taken
 * from: each limit, the purse of it, and the windows (by quota) that they count in.
 */
export const Reservation = z
  .strictObject({
    state: z.literal(['reserved', 'settled', 'expired']),
    amounts: Consumption,
    expires_at: Timestamp,
    charges: z.array(
      z.strictObject({ limit: z.string(), purse: z.int().min(0), windows: z.record(z.string(), z.string()) }),
    ),
  })
  .meta({ id: 'Reservation' });
export type Reservation = z.output<typeof Reservation>;
