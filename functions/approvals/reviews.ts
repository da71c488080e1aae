import type { Change } from '../shared/commit.ts';
import { fact, type Fact } from '../shared/contract.ts';
import { breakGlassWrites } from './break-glass-store.ts';
import { type BreakGlass, breakGlassOverdue, breakGlassReviewed, breakGlassUsed } from './contract.ts';

const common = (review: BreakGlass) => ({
  break_glass_id: review.id,
  escalation_id: review.escalation_id,
  used_by: review.used_by,
  concerns: ['enterprise'],
});

/** A break-glass with its open review. */
export const used = (review: BreakGlass): Change => ({
  writes: [breakGlassWrites.create(review)],
  entries: [
    entryOf(review, {
      summary: `${review.used_by} approved ${review.escalation_id} alone`,
      details: { decision: 'break-glass', reasoning: review.reason },
      event: fact(breakGlassUsed, {
        ...common(review),
        approval_expires_at: review.approval_expires_at,
        review_due_at: review.review_due_at,
      }),
    }),
  ],
});

/** That the review is overdue, told once more. */
export const told = (review: BreakGlass): Change =>
  changed(review, {
    summary: `The review of ${review.id} is overdue since ${review.review_due_at}`,
    details: { outcome: `notice ${review.notices}` },
    event: fact(breakGlassOverdue, {
      ...common(review),
      review_due_at: review.review_due_at,
      notices: review.notices,
    }),
  });

/** The end of a review. */
export const reviewed = (review: BreakGlass): Change =>
  changed(review, {
    summary: `${review.closed_by} found ${review.id} ${review.verdict}`,
    details: { decision: review.verdict ?? '', reasoning: review.finding ?? '' },
    event: fact(breakGlassReviewed, {
      ...common(review),
      verdict: review.verdict ?? '',
      reviewed_by: review.closed_by ?? '',
    }),
  });

type Said = { summary: string; details: { decision?: string; reasoning?: string; outcome?: string }; event: Fact };

const changed = (review: BreakGlass, said: Said): Change => ({
  writes: [breakGlassWrites.replace(review)],
  entries: [entryOf(review, said)],
});

const entryOf = (review: BreakGlass, said: Said) => ({
  action_type: 'decision' as const,
  domain: 'enterprise',
  subject: `break-glass/${review.id}`,
  sequence: review.version,
  retention: 'compliance' as const,
  ...said,
});
