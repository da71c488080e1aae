import type { Change } from '../shared/commit.ts';
import type { Table } from '../shared/dynamo.ts';
import type { MessageDraft } from './contract.ts';
import { inboxStore } from './inbox-store.ts';
import { delivery } from './messages.ts';

/** What other slices do with inboxes, wired in their entry files. */
export const inboxPort = (table: Table) => {
  const { message } = inboxStore(table);
  return {
    /**
     * Puts messages into inboxes, in the transaction of what they tell of. A message that is there already refuses the
     * transaction with `AlreadyExists`: its id says what it is about, so that it is told once.
     */
    deliver: (drafts: readonly MessageDraft[], domain: string, now: Date): Change => delivery(drafts, domain, now),
    /** Those of the drafts that were not delivered yet. */
    untold: async (drafts: readonly MessageDraft[]): Promise<MessageDraft[]> => {
      const found = await Promise.all(drafts.map(({ to, id }) => message(to, id)));
      return drafts.filter((_, at) => found[at] === undefined);
    },
  };
};
