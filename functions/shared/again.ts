import { setTimeout as sleep } from 'node:timers/promises';
import { Problem, type ProblemCode } from './errors.ts';

const lostRace: ReadonlySet<ProblemCode> = new Set(['VersionConflict', 'RequestInFlight']);
/** The longest wait between two attempts, as a power of two of 20 ms. */
const slowest = 5;

/**
 * Loads, decides and commits once more when another change came first, so that the answer is about what is there now. The
 * task must read everything that it decides on itself.
 * @param attempts more where many are known to come at once, each of which may be first
 * @throws Problem `VersionConflict` or `RequestInFlight` when others keep coming first
 */
export async function onLatest<T>(task: () => Promise<T>, attempts = 6): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await task();
    } catch (error) {
      if (attempt === attempts || !(error instanceof Problem && lostRace.has(error.code))) throw error;
      await sleep(Math.random() * 20 * 2 ** Math.min(attempt, slowest));
    }
  }
}

/**
 * The same for a task whose records were read already, in the batch of its request: the first attempt is on those, and each
 * other one on what is read anew.
 */
export function onLoaded<L, T>(loaded: L, read: () => Promise<L>, task: (loaded: L) => Promise<T>): Promise<T> {
  let first: { loaded: L } | undefined = { loaded };
  return onLatest(async () => {
    const found = first ? first.loaded : await read();
    first = undefined;
    return task(found);
  });
}

/** A record that another request created first is a lost race like any other: to be read again, and decided anew. */
export async function raced<T>(commit: Promise<T>, detail = 'Another request was first.'): Promise<T> {
  try {
    return await commit;
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'AlreadyExists') throw error;
    throw new Problem('VersionConflict', detail);
  }
}

/** For a change that somebody else may have made by now, which is as well. */
export const ifThere = (error: unknown): void => {
  if (!(error instanceof Problem && error.code === 'AlreadyExists')) throw error;
};
