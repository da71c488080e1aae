/**
 * Values kept in memory for a short time, at most so many of them; the oldest go first.
 * @param clock milliseconds
 */
export function shortLived<T>(seconds: number, most: number, clock: () => number = Date.now) {
  const kept = new Map<string, { value: T; until: number }>();
  const dropOld = (): void => {
    for (const [key, { until }] of kept) {
      if (until > clock() && kept.size <= most) return;
      kept.delete(key);
    }
  };
  return {
    /** The value that is kept, or the one that is made now. */
    async get(key: string, make: () => Promise<T>): Promise<T> {
      dropOld();
      const found = kept.get(key);
      if (found) return found.value;
      const value = await make();
      kept.set(key, { value, until: clock() + seconds * 1000 });
      return value;
    },
  };
}
