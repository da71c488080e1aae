import * as z from 'zod';
import type { Page } from '../../shared/contract.ts';
import { Problem } from '../../shared/errors.ts';
import type { Cursors } from '../../shared/page.ts';
import type { Call } from '../../shared/serve.ts';
import { decideReview } from '../break-glass-model.ts';
import type { Reviews } from '../break-glass-store.ts';
import type { BreakGlass, routes } from '../contract.ts';
import { reviewed } from '../reviews.ts';

type Deps = { reviews: Reviews; cursors: Cursors };

const Position = z.record(z.string(), z.string());

/** Reviews that are open, soonest due first. */
export async function listReviews(
  deps: Deps,
  { query }: Call<(typeof routes)['listReviews']>,
): Promise<Page<BreakGlass>> {
  const list = ['reviews'];
  const after = await deps.cursors.open(query.cursor, list, Position);
  const { reviews, last } = await deps.reviews.open(query.limit, after);
  if (!last) return { items: reviews };
  return { items: reviews, next_cursor: await deps.cursors.seal(last, list) };
}

/** One break-glass with its review. */
export async function getReview({ reviews }: Pick<Deps, 'reviews'>, id: string): Promise<BreakGlass> {
  const review = await reviews.review(id);
  if (!review) throw new Problem('NotFound', `There is no break-glass ${id}.`);
  return review;
}

/** Closes the review of a break-glass, by somebody else. */
export async function closeReview(deps: Deps, call: Call<(typeof routes)['closeReview']>): Promise<BreakGlass> {
  const decided = decideReview(await getReview(deps, call.params.id), call.actor, call.body, call.now);
  if (decided.kind === 'refuse') throw new Problem(decided.why, decided.detail);
  return call.commit(reviewed(decided.next), decided.next);
}
