import type { DataSubjects } from './data-subjects.ts';
import type { EntryItem } from './ledger.ts';
import { rewriteDetails, type Rewrite } from './sealed-text.ts';

const rewriteEntry = (item: EntryItem, rewrite: Rewrite): EntryItem => ({
  ...item,
  summary: rewrite(item.summary, 'summary'),
  details: { ...rewriteDetails(item.details, rewrite), outcome: rewrite(item.details.outcome, 'outcome') },
});

/** Entries as they are read. What is stored, archived and proved is the sealed form; it is never written back. */
export async function openEntries(
  subjects: Pick<DataSubjects, 'opener'>,
  items: readonly EntryItem[],
): Promise<EntryItem[]> {
  const named = items.flatMap(({ personal }) => personal?.subjects ?? []);
  if (named.length === 0) return [...items];
  const open = await subjects.opener(named);
  return items.map((item) => (item.personal ? rewriteEntry(item, open(item.personal.record)) : item));
}
