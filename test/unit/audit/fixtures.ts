import * as fc from 'fast-check';
import type { Hold } from '../../../functions/audit/contract.ts';
import { Problem } from '../../../functions/shared/errors.ts';
import { newId } from '../../../functions/shared/ids.ts';
import { type Entry, type EntryItem, entryItem, pointersOf } from '../../../functions/shared/ledger.ts';
import type { DataSubjects } from '../../../functions/shared/data-subjects.ts';
import type { Item, Key } from '../../../functions/shared/dynamo.ts';
import type { Cursors } from '../../../functions/shared/page.ts';
import type { Actor } from '../../../functions/shared/principal.ts';

export const noon = new Date('2026-11-22T12:00:00.000Z');
export const daysAfter = (days: number, at = noon): Date => new Date(at.getTime() + days * 86_400_000);

/** An entry with id and timestamp of the same instant, as `commit` makes them. */
export function anEntry(over: Partial<Entry> & { at?: Date } = {}): Entry {
  const { at = noon, ...fields } = over;
  return {
    id: newId(at),
    timestamp: at.toISOString(),
    agent_id: 'agt_a',
    action_type: 'decision',
    domain: 'product',
    summary: 'Chose a library',
    details: { context: '', options_considered: [], decision: '', reasoning: '', outcome: '' },
    classification: 'internal',
    related_tasks: [],
    sequence: 1,
    subject: 'decision/dec_1',
    policy_version: 1,
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    retention: 'standard',
    ...fields,
  };
}

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

export const anItem = (
  over: Parameters<typeof anEntry>[0] = {},
  event: EntryItem['event'] = { type: 'orchestra.decision.allowed.v1', data: { decision_id: 'dec_1' } },
  shards = 4,
): EntryItem => entryItem(anEntry(over), event, traceparent, shards);

/** The rows that `commit` writes for an entry. */
export const rowsOf = (item: EntryItem): (Item & Key)[] => [item, ...pointersOf(item)];

export const anActor = (over: Partial<Actor> = {}): Actor => ({
  id: 'agt_a',
  name: 'A',
  kind: 'agent',
  level: 'agent',
  credential: 'client#client',
  domain: 'product',
  roles: [],
  approved_tools: [],
  ...over,
});

export const anAuditor = anActor({
  id: 'ann',
  kind: 'human',
  level: 'board',
  domain: 'enterprise',
  roles: ['auditor'],
});

export const aHold = (over: Partial<Hold> = {}): Hold => ({
  id: 'hld_01939c5e-0000-7000-8000-000000000000',
  version: 1,
  state: 'active',
  selector: { by: 'agent', value: 'agt_a' },
  from: null,
  to: null,
  reason: 'Litigation',
  placed_by: 'ann',
  placed_at: noon.toISOString(),
  released_by: null,
  released_at: null,
  release_reason: null,
  ...over,
});

/** Cursors without a key: bound to their list all the same. */
export const plainCursors: Cursors = {
  open: async (cursor, list, position) => {
    if (cursor === undefined) return undefined;
    const sealed = JSON.parse(cursor) as { list: string; at: unknown };
    if (sealed.list !== JSON.stringify(list)) throw new Problem('InvalidCursor', 'another list');
    return position.parse(sealed.at);
  },
  seal: async (at, list) => JSON.stringify({ list: JSON.stringify(list), at }),
};

/** For entries that name no data subject. */
export const noSubjects: Pick<DataSubjects, 'pseudonymOf' | 'opener'> = {
  pseudonymOf: () => Promise.reject(new Error('no data subject is known')),
  opener: () => Promise.reject(new Error('nothing is sealed')),
};

const choice = <T>(...values: T[]) => fc.constantFrom(...values);

/** Entries of a few agents, subjects, tasks and domains; bursts on some days, nothing on most. */
export const someEntries = (maxLength: number) =>
  fc
    .array(
      fc.record({
        hoursAgo: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 80 * 24 })),
        agent_id: choice('agt_a', 'agt_b', 'agt_c'),
        domain: choice('product', 'product', 'platform'),
        subject: fc.integer({ min: 1, max: 12 }).map((n) => `decision/dec_${n}`),
        action_type: choice('decision' as const, 'execution' as const, 'escalation' as const),
        classification: choice('public' as const, 'internal' as const, 'sensitive' as const),
        related_tasks: fc.uniqueArray(choice('TASK-1', 'TASK-2'), { maxLength: 2 }),
      }),
      { maxLength },
    )
    .map((drafts) =>
      drafts.map(({ hoursAgo, ...fields }) =>
        anEntry({ ...fields, at: new Date(noon.getTime() - hoursAgo * 3_600_000) }),
      ),
    );
