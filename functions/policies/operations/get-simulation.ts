import * as z from 'zod';
import type { Cursors } from '../../shared/page.ts';
import type { Call } from '../../shared/serve.ts';
import type { Flip, routes } from '../contract.ts';
import { found } from '../guards.ts';
import type { PoliciesStore } from '../store.ts';

type Route = (typeof routes)['getSimulation'];
type Deps = { store: PoliciesStore; cursors: Cursors };

/** A flip by its lot, and its place in it. */
const Position = z.strictObject({ lot: z.string(), at: z.int().min(0) });
type Position = z.infer<typeof Position>;

/** A simulation as far as it is, with a page of the flips that it has found. */
export async function getSimulation(deps: Deps, { params, query }: Call<Route>): Promise<z.input<Route['ok']>> {
  const { id, version } = params;
  const list = ['flips', id];
  const position = await deps.cursors.open(query.cursor, list, Position);
  const stored = await deps.store.simulation(id);
  const mine = stored?.simulation.policy_version === version ? stored : undefined;
  const { simulation, progress } = found(mine, `simulation ${id} of version ${version}`);
  const { flips, next } = await flipsFrom(deps.store, id, position, query.limit);
  const sofar = simulation.state === 'running' ? progress.tally : {};
  const next_cursor = next && (await deps.cursors.seal(next, list));
  return { ...simulation, ...sofar, flips, ...(next_cursor === undefined ? {} : { next_cursor }) };
}

/** Lots that are read together; a short one must not make a short page. */
const lotsAtOnce = 4;

async function flipsFrom(store: PoliciesStore, id: string, position: Position | undefined, limit: number) {
  const flips: Flip[] = [];
  let from = position;
  for (;;) {
    const { lots, more } = await store.lots(id, from?.lot, lotsAtOnce);
    for (const lot of lots) {
      const skipped = lot.sk === from?.lot ? from.at : 0;
      const rest = lot.flips.slice(skipped);
      const wanted = limit - flips.length;
      flips.push(...rest.slice(0, wanted));
      if (rest.length > wanted) return { flips, next: { lot: lot.sk, at: skipped + wanted } };
    }
    const last = lots.at(-1);
    if (!more || !last) return { flips, next: undefined };
    from = { lot: last.sk, at: last.flips.length };
  }
}
