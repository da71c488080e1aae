import { advanced, type Found, type Node, searchFrom } from './cycle-model.ts';

type Walked<N extends Node> = Exclude<Found<N>, { kind: 'next' }>;

/**
 * Whether it would close a cycle that `target` waits for `start`. One batched read for each level of tasks above `start`.
 * @returns every task that was read, where there is no cycle: as long as they are as they were read, there is none
 */
export async function walk<N extends Node>(
  tasks: (ids: readonly string[]) => Promise<(N | undefined)[]>,
  target: string,
  start: string,
): Promise<Walked<N>> {
  let found: Found<N> = searchFrom(target, start);
  while (found.kind === 'next') {
    const level = await tasks(found.search.ids);
    found = advanced(
      found.search,
      level.filter((task) => task !== undefined),
    );
  }
  return found;
}
