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
