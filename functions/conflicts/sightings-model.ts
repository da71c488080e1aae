import * as z from 'zod';
import { addSeconds } from '../shared/clock.ts';

/** What was seen lately of one thing: ids of tasks or decisions, oldest first. What they are now says their own slice. */
export const Sightings = z.strictObject({
  version: z.int().min(1),
  seen: z.array(z.strictObject({ id: z.string(), at: z.string() })),
});
export type Sightings = z.output<typeof Sightings>;

/** More are not kept of one thing; the oldest go first. */
const most = 40;

/**
 * What was seen with one more, one version on.
 * @param keep of those before, by id
 * @param seconds after which one is forgotten
 */
export function sighted(
  before: Sightings | undefined,
  id: string,
  { now, keep, seconds }: { now: Date; keep: (id: string) => boolean; seconds: number },
): Sightings {
  const oldest = addSeconds(now, -seconds).toISOString();
  const others = (before?.seen ?? []).filter((one) => one.id !== id && one.at >= oldest && keep(one.id));
  return {
    version: (before?.version ?? 0) + 1,
    seen: [...others, { id, at: now.toISOString() }].slice(-most),
  };
}
