import type { Item } from '../../shared/dynamo.ts';
import type { Delivery } from '../../shared/consume.ts';
import type { Deps } from '../ports.ts';
import type { Direction } from '../store.ts';
import { followDependency } from './follow-dependency.ts';

const pageSize = 100;

/** All dependencies of a task; one that is registered at this moment may be missing, and is found by the clock. */
async function dependenciesOf({ store }: Deps, task: string, direction: Direction): Promise<string[]> {
  const ids: string[] = [];
  let after: Item | undefined;
  do {
    const { dependencies, last } = await store.ofTask(task, direction, pageSize, after);
    ids.push(...dependencies.map(({ id }) => id));
    after = last;
  } while (after);
  return ids;
}

/** Brings the dependencies of a task up to what has become of it; each stands alone, and a delivery that breaks off is resumed. */
export async function followTask(
  deps: Deps,
  task: string,
  directions: readonly Direction[],
  delivery: Delivery,
): Promise<void> {
  for (const direction of directions) {
    for (const id of await dependenciesOf(deps, task, direction)) await followDependency(deps, id, delivery);
  }
  await delivery.commit({ writes: [], entries: [] });
}
