import type { Enforcement } from '../contract.ts';
import { found } from '../guards.ts';
import { enforcementOf } from '../lifecycle-model.ts';
import type { PoliciesStore } from '../store.ts';

/** Whether the policies bind at a time. */
export const getEnforcement = async (deps: { store: PoliciesStore }, now: Date): Promise<Enforcement> =>
  enforcementOf(found(await deps.store.active(), 'policy version in force'), now);
