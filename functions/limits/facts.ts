import type { Change } from '../shared/commit.ts';
import { fact } from '../shared/contract.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import { type Limit, limitChanged, limitOverrun, limitReached, limitWarned } from './contract.ts';
import { noted, type Note } from './notes-model.ts';
import { nameOf } from './scopes-model.ts';
import { unset, writes } from './store.ts';
import { startOf } from './windows-model.ts';

/** By whom a limit was met, where, and when. */
export type Occasion = { principal: string; domain: string; now: Date };

/** Domain whose trail a limit's entries are in: that of its scope; `home` is that of who stands in the scope. */
const domainOf = ({ kind, id }: Pick<Limit, 'kind' | 'id'>, home: string): string => {
  if (kind === 'enterprise' || kind === 'default') return 'enterprise';
  return kind === 'domain' ? id : home;
};

const about = ({ kind, id }: Pick<Limit, 'kind' | 'id'>, home: string) => ({
  kind,
  id,
  concerns: [domainOf({ kind, id }, home)],
});

/** Writes and entries of notes: the records of the limits that they are about, a version and an entry for each note. */
export function changeOfNotes(notes: readonly Note[], occasion: Occasion): Change {
  const byLimit = Map.groupBy(notes, ({ account }) => nameOf(account.scope));
  const changes = [...byLimit.values()].map((group): Change => {
    const [first] = group as [Note];
    const { own, scope } = first.account;
    const before = own ?? unset(scope, occasion.now);
    return {
      writes: [writes.note(own, noted(before, group))],
      entries: group.map((note, at) => entryOf(note, before.version + at + 1, occasion)),
    };
  });
  return { writes: changes.flatMap((one) => one.writes), entries: changes.flatMap((one) => one.entries) };
}

function entryOf(note: Note, sequence: number, occasion: Occasion): EntryDraft {
  const { scope } = note.account;
  return {
    action_type: 'execution',
    domain: domainOf(scope, occasion.domain),
    subject: `limit/${nameOf(scope)}`,
    sequence,
    summary: summaryOf(note),
    details: { outcome: note.kind },
    retention: 'significant',
    event: eventOf(note, occasion),
  };
}

function summaryOf(note: Note): string {
  const name = nameOf(note.account.scope);
  if (note.kind === 'overrun') return `Overrun of ${note.over} ${note.dimension} beyond the limit of ${name}`;
  const { dimension, window, amount } = note.quota;
  const what = `${amount} ${dimension} a ${window} of ${name}`;
  return note.kind === 'warned' ? `Four fifths used: ${what}` : `Used up: ${what}`;
}

function eventOf(note: Note, { principal, domain }: Occasion) {
  const whose = { ...about(note.account.scope, domain), principal_id: principal };
  if (note.kind === 'overrun') {
    const { dimension, over, decisionId } = note;
    return fact(limitOverrun, { ...whose, dimension, over, decision_id: decisionId });
  }
  const quota = { ...note.quota, window_start: startOf(note.label).toISOString() };
  if (note.kind === 'warned') return fact(limitWarned, { ...whose, ...quota, used: note.used });
  return fact(limitReached, { ...whose, ...quota, wanted: note.wanted, remaining: note.remaining });
}

/** The entry of other quotas. */
export function changedEntry(
  after: Limit,
  home: string,
  by: { reason: string; decisionId: string | undefined },
): EntryDraft {
  const quotas = after.quotas ?? [];
  return {
    action_type: 'execution',
    domain: domainOf(after, home),
    subject: `limit/${nameOf(after)}`,
    sequence: after.version,
    summary: `Limit of ${nameOf(after)}: ${quotas.length} quotas`,
    details: {
      decision: quotas.map(({ dimension, window, amount }) => `${amount} ${dimension} a ${window}`).join('; '),
      reasoning: by.reason,
    },
    retention: 'compliance',
    event: fact(limitChanged, {
      ...about(after, home),
      quotas: [...quotas],
      revision: after.revision,
      decision_id: by.decisionId ?? null,
    }),
  };
}
