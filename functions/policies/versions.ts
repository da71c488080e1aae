import type { PolicySetVersion } from './contract.ts';
import { type Evaluator, loadEvaluator } from './evaluator.ts';
import type { PoliciesStore } from './store.ts';

/** A version, ready to be asked. */
export type Loaded = { set: PolicySetVersion; evaluator: Evaluator };

/**
 * Versions by number, each read and parsed once per process: they do not change, and Cedar keeps what it has parsed.
 * Undefined for one that is not there or cannot be read.
 */
export function versionsOf(store: Pick<PoliciesStore, 'version'>) {
  const loaded = new Map<number, Loaded>();
  return async (version: number): Promise<Loaded | undefined> => {
    const known = loaded.get(version);
    if (known) return known;
    const set = await store.version(version);
    if (!set) return undefined;
    const fresh = { set, evaluator: loadEvaluator(set) };
    loaded.set(version, fresh);
    return fresh;
  };
}
