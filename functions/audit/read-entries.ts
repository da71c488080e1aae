import type { DataSubjects } from '../shared/data-subjects.ts';
import type { EntryItem } from '../shared/ledger.ts';
import type { Actor } from '../shared/principal.ts';
import { openEntries } from '../shared/personal-entries.ts';
import { type Deps as Finding, findEntries, type Search } from './find-entries.ts';

export type Deps = Finding & { subjects: Pick<DataSubjects, 'pseudonymOf' | 'opener'> };

/** A page of entries as people read them: looked for by the pseudonym of a data subject, and opened. */
export async function readEntries(
  { subjects, ...deps }: Deps,
  search: Search,
  actor: Actor,
  now: Date,
): Promise<{ items: EntryItem[]; next_cursor: string | undefined }> {
  const named = search.data_subject;
  const asked = named === undefined ? search : { ...search, data_subject: await subjects.pseudonymOf(named) };
  const { items, next_cursor } = await findEntries(deps, asked, actor, now);
  return { items: await openEntries(subjects, items), next_cursor };
}
