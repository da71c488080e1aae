import { Problem } from '../shared/errors.ts';

/** A checkpoint is made every quarter of a minute while entries are written, and after a minute at the latest. */
export const notSealedYet = (what: string): Problem =>
  new Problem('NotSealedYet', `${what} A checkpoint that covers it follows within a minute.`, {
    headers: { 'retry-after': '15' },
  });
