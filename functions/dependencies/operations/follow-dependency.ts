import { onLatest } from '../../shared/again.ts';
import type { Trace } from '../../shared/trace.ts';
import { advancing, sightOf } from '../advance.ts';
import { lookedAt } from '../changes.ts';
import type { Dependency } from '../contract.ts';
import { isOpen, notified, type Step } from '../model.ts';
import { assess, followed, type Sight } from '../outlook-model.ts';
import type { Deps } from '../ports.ts';

const by = 'orchestra_dependencies';

/**
 * What is due of a dependency by the state of its tasks and the time: the providing side is told, both sides are warned, what
 * was done is handed over, what nobody waits for is withdrawn.
 */
export function due(dependency: Dependency, sight: Sight, now: Date): Step[] {
  const first = assess(dependency, sight, now);
  if (first) return followed(first, sight, now);
  const told = notified(dependency, { by, now });
  const last = told.at(-1);
  return last ? [...told.slice(0, -1), ...followed(last, sight, now)] : [];
}

/**
 * Takes the steps that are due, in one transaction; whoever takes them first, takes them once.
 * @returns what happened
 */
export const followDependency = (
  deps: Deps,
  id: string,
  { now, trace }: { now: Date; trace: Trace },
): Promise<Step['what'][]> =>
  onLatest(async () => {
    const dependency = await deps.store.dependency(id);
    if (!dependency) return [];
    const sight = await sightOf(deps, dependency);
    const steps = due(dependency, sight, now);
    if (steps.length === 0 && !isOpen(dependency)) return [];
    const moment = { by, now };
    const change =
      steps.length > 0 ? await advancing(deps, { dependency, sight }, steps, moment) : lookedAt(dependency, sight, now);
    await deps.commit(change, { actor: by, now, trace });
    return steps.map(({ what }) => what);
  });
