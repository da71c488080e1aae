import type { DataSubjects } from '../../shared/data-subjects.ts';
import { Problem } from '../../shared/errors.ts';
import { type Entry, type EntryItem, entryOf } from '../../shared/ledger.ts';
import type { Actor } from '../../shared/principal.ts';
import { openEntries } from '../../shared/personal-entries.ts';
import type { Call } from '../../shared/serve.ts';
import type { routes } from '../contract.ts';
import { keeper } from '../find-entries.ts';
import { mayRead } from '../model.ts';
import type { Holds, Ledger } from '../store.ts';

export type ReadableDeps = {
  ledger: Pick<Ledger, 'one'>;
  holds: Pick<Holds, 'active'>;
  domains: () => Promise<string[]>;
};

/**
 * One entry by its id, in two reads.
 * @throws Problem `NotFound` also when the reader may not see it: who may not read it need not learn that it exists
 */
export async function getEntry(
  deps: ReadableDeps & { subjects: Pick<DataSubjects, 'opener'> },
  { params, actor, now }: Call<(typeof routes)['getEntry']>,
): Promise<Entry> {
  const item = await findReadable(deps, params.id, actor, now);
  if (!item) throw new Problem('NotFound', `There is no entry ${params.id} that you may read.`);
  const [opened = item] = await openEntries(deps.subjects, [item]);
  return entryOf(opened);
}

/** An entry, if there is one, its time is not up, and the reader may see it. */
export async function findReadable(
  deps: ReadableDeps,
  id: string,
  actor: Actor,
  now: Date,
): Promise<EntryItem | undefined> {
  // The list of domains is read from an index that lags by moments; the reader's own domain needs no list.
  const domains = new Set([...(await deps.domains()), actor.domain, 'enterprise']);
  const item = await deps.ledger.one(id, [...domains]);
  return item && mayRead(item, actor) && (await keeper(deps.holds, now)(item)) ? item : undefined;
}
