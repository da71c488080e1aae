import * as z from 'zod';
import { addSeconds } from '../../shared/clock.ts';
import type { Page } from '../../shared/contract.ts';
import { Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import { shown } from '../booking.ts';
import type { ResourceReservation, routes } from '../contract.ts';
import type { ApiDeps, Deps } from '../ports.ts';

type Asked<R extends keyof typeof routes> = Call<(typeof routes)[R]>;

const Position = z.record(z.string(), z.string());
const listedSeconds = 31 * 86_400;

/** @throws Problem `NotFound` */
export async function reservationOf({ resources }: Pick<Deps, 'resources'>, id: string): Promise<ResourceReservation> {
  const reservation = await resources.reservation(id);
  if (!reservation) throw new Problem('NotFound', `There is no reservation ${id}.`);
  return reservation;
}

export const getReservation = async (
  deps: Deps,
  { params, now }: Asked<'getReservation'>,
): Promise<ResourceReservation> => shown(await reservationOf(deps, params.id), now);

/** The calendar of a resource: what stands at any time between. */
export async function listReservations(
  { resources, cursors }: ApiDeps,
  { params, query, now }: Asked<'listReservations'>,
): Promise<Page<ResourceReservation>> {
  if (!(await resources.offered(params.id))) throw new Problem('NotFound', `There is no resource ${params.id}.`);
  const list = ['reservations', params.id, query.from ?? null, query.to ?? null];
  const position = z.strictObject({ from: z.iso.datetime(), last: Position });
  const at = await cursors.open(query.cursor, list, position);
  // Later pages are of the same time as the first, also where that was said by leaving it out.
  const from = new Date(at?.from ?? query.from ?? now);
  const to = query.to === undefined ? addSeconds(from, listedSeconds) : new Date(query.to);
  if (to < from) return { items: [] };
  const { reservations, last } = await resources.standing(params.id, { from, to, limit: query.limit, after: at?.last });
  const items = reservations.map((one) => shown(one, now));
  if (!last) return { items };
  return { items, next_cursor: await cursors.seal({ from: from.toISOString(), last }, list) };
}
