import { addSeconds } from '../shared/clock.ts';
import { expireLeases, type FollowDeps } from './following.ts';

type WatchDeps = FollowDeps & { wait: (milliseconds: number) => Promise<unknown> };

/** What was renewed may still stand in the index with its old end: it is not looked at without a break. */
const leastWaitMs = 1_000;

/**
 * Ends claims as their leases run out, for some seconds: else the task of a lease that ends right after a run of the sweeper would lie
 * idle until the next one. Over at once where none ends so soon, as it is while heartbeats come. @returns the tasks
 */
export async function expireAsTheyEnd(deps: WatchDeps, seconds: number): Promise<string[]> {
  const until = addSeconds(deps.now(), seconds);
  const ended: string[] = [];
  while (deps.now() < until) {
    const leases = await deps.store.expired(until, 1);
    const ends = leases.map(({ expires_at }) => new Date(expires_at).getTime());
    if (ends.length === 0) break;
    await deps.wait(Math.max(leastWaitMs, Math.min(...ends) + 1 - deps.now().getTime()));
    ended.push(...(await expireLeases(deps)));
  }
  return ended;
}
