import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { BreakGlass } from './contract.ts';

export const breakGlassKeys = {
  /** V14 One break-glass with its review. */
  review: (id: string): Key => ({ pk: `approvals#break-glass#${id}`, sk: 'review' }),
  /** V15 Open reviews of what a person approved alone. Sparse. */
  openOf: (person: string, due: string) => ({ gsi1pk: `approvals#reviews-of#${person}`, gsi1sk: due }),
  /** V16 Open reviews by when people are told next that they are overdue. Sparse. */
  notice: (at: string) => ({ gsi2pk: 'approvals#reviews', gsi2sk: at }),
} as const;

export type Reviews = ReturnType<typeof breakGlassStore>;

/** Questions about reviews of break-glasses. */
export const breakGlassStore = (table: Table) => ({
  review: async (id: string): Promise<BreakGlass | undefined> => {
    const [item] = await table.getMany([breakGlassKeys.review(id)]);
    return item && reviewFrom(item);
  },
  openOf: async (person: string): Promise<BreakGlass[]> => {
    const partition = ['gsi1pk', breakGlassKeys.openOf(person, '').gsi1pk] as const;
    const { items } = await table.query({ index: 'gsi1', partition, limit: 10 });
    return items.map(reviewFrom);
  },
  /** Open reviews, soonest notice first. */
  open: async (limit: number, after: Item | undefined) => {
    const partition = ['gsi2pk', breakGlassKeys.notice('').gsi2pk] as const;
    const { items, last } = await table.query({ index: 'gsi2', partition, limit, after });
    return { reviews: items.map(reviewFrom), last };
  },
  /** Reviews of which people are to be told by now, at most `limit`. */
  overdue: async (now: Date, limit: number): Promise<BreakGlass[]> => {
    const partition = ['gsi2pk', breakGlassKeys.notice('').gsi2pk] as const;
    const sort = { name: 'gsi2sk', to: now.toISOString() };
    const { items } = await table.query({ index: 'gsi2', partition, sort, limit });
    return items.map(reviewFrom);
  },
});

const reviewFrom = (item: Item): BreakGlass => BreakGlass.parse(bare(item));

const itemOf = (review: BreakGlass): Item => ({
  ...review,
  ...(review.state === 'open'
    ? {
        ...breakGlassKeys.openOf(review.used_by, `${review.review_due_at}#${review.id}`),
        ...breakGlassKeys.notice(`${review.next_notice_at}#${review.id}`),
      }
    : {}),
});

export const breakGlassWrites = {
  create: (review: BreakGlass): Write => ({
    kind: 'create',
    key: breakGlassKeys.review(review.id),
    item: itemOf(review),
  }),
  /** @param review already carries its next version */
  replace: (review: BreakGlass): Write => ({
    kind: 'replace',
    key: breakGlassKeys.review(review.id),
    item: itemOf(review),
    version: review.version - 1,
  }),
} as const;
