import { Problem } from '../../shared/errors.ts';
import { type Entry, entryOf } from '../../shared/ledger.ts';
import type { Call } from '../../shared/serve.ts';
import type { routes } from '../contract.ts';
import { keeper } from '../find-entries.ts';
import { mayRead } from '../model.ts';
import type { Holds, Ledger } from '../store.ts';

type Deps = { ledger: Ledger; holds: Pick<Holds, 'active'>; domains: () => Promise<string[]> };

/**
 * One entry by its id, in two reads.
 * @throws Problem `NotFound` also when the reader may not see it: who may not read it need not learn that it exists
 */
export async function getEntry(deps: Deps, { params, actor, now }: Call<(typeof routes)['getEntry']>): Promise<Entry> {
  // The list of domains is read from an index that lags by moments; the reader's own domain needs no list.
  const domains = new Set([...(await deps.domains()), actor.domain, 'enterprise']);
  const item = await deps.ledger.one(params.id, [...domains]);
  if (!item || !mayRead(item, actor) || !(await keeper(deps.holds, now)(item))) {
    throw new Problem('NotFound', `There is no entry ${params.id} that you may read.`);
  }
  return entryOf(item);
}
