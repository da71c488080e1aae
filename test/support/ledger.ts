import type { Item, Question } from '../../functions/shared/dynamo.ts';
import type { EntryItem } from '../../functions/shared/ledger.ts';
import { world } from './world.ts';

/** Stored entries that an index names, oldest first, however many there are. */
async function indexed(index: 'by-agent' | 'by-subject', partition: Question['partition']): Promise<EntryItem[]> {
  const { ledger } = world();
  const rows: Item[] = [];
  let after: Item | undefined;
  do {
    const page = await ledger.query({ index, partition, after });
    rows.push(...page.items);
    after = page.last;
  } while (after);
  const found = await ledger.getMany(rows.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })));
  return found.filter((item) => item !== undefined) as EntryItem[];
}

/** What an actor did, read from the table itself: entries as they are stored, oldest first. */
export const entriesBy = (agent: string): Promise<EntryItem[]> => indexed('by-agent', ['agent_id', agent]);

/** What happened to a subject: entries as they are stored, oldest first. */
export const itemsOf = (subject: string): Promise<EntryItem[]> => indexed('by-subject', ['subject', subject]);

/** How often an actor was refused with a code. */
export async function refusalsOf(agent: string, code: string): Promise<number> {
  const entries = await entriesBy(agent);
  return entries.filter(({ subject, details }) => subject.startsWith('refusal/') && details.outcome === code).length;
}
