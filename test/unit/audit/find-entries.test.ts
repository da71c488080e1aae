import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findEntries, type Search } from '../../../functions/audit/find-entries.ts';
import { mayRead } from '../../../functions/audit/model.ts';
import { pageBudget } from '../../../functions/audit/page-collector.ts';
import { holdStore, ledgerStore, writes } from '../../../functions/audit/store.ts';
import type { Actor } from '../../../functions/shared/principal.ts';
import { type Entry, entryItem, type EntryItem } from '../../../functions/shared/ledger.ts';
import {
  aHold,
  anActor,
  anAuditor,
  anEntry,
  anItem,
  daysAfter,
  noon,
  plainCursors,
  rowsOf,
  someEntries,
} from './fixtures.ts';
import { memoryTable } from './memory-table.ts';

const event = { type: 'orchestra.decision.allowed.v1', data: {} };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function aLedger(entries: readonly Entry[], shards = 4) {
  const ledger = memoryTable('ledger');
  const state = memoryTable('state');
  const add = (entry: Entry): void => ledger.add(...rowsOf(entryItem(entry, event, traceparent, shards)));
  for (const entry of entries) add(entry);
  const deps = { ledger: ledgerStore(ledger, shards), holds: holdStore(state), cursors: plainCursors };
  return { deps, ledger, state, add };
}

type Page = Awaited<ReturnType<typeof findEntries>>;

/** Every page, one after the other; `between` runs before each next one. */
async function pages(world: ReturnType<typeof aLedger>, search: Search, actor: Actor, between = (): void => {}) {
  const all: Page[] = [];
  let cursor: string | undefined;
  do {
    const page = await findEntries(world.deps, { ...search, cursor }, actor, noon);
    all.push(page);
    cursor = page.next_cursor;
    between();
    if (all.length > 2_000) throw new Error('the list does not end');
  } while (cursor !== undefined);
  return all;
}

const idsOf = (entries: readonly Pick<Entry, 'id'>[]): string[] => entries.map(({ id }) => id);
const newestFirst = (entries: readonly Entry[]): Entry[] => entries.toSorted((a, b) => (a.id < b.id ? 1 : -1));

type Selector = Pick<Search, 'agent' | 'domain' | 'subject' | 'task'>;
const selectors: { asked: Selector; holds: (entry: Entry) => boolean }[] = [
  { asked: { domain: 'product' }, holds: ({ domain }) => domain === 'product' },
  { asked: { agent: 'agt_b' }, holds: ({ agent_id }) => agent_id === 'agt_b' },
  { asked: { subject: 'decision/dec_3' }, holds: ({ subject }) => subject === 'decision/dec_3' },
  { asked: { task: 'TASK-1' }, holds: ({ related_tasks }) => related_tasks.includes('TASK-1') },
];
const readers = [
  anAuditor,
  anActor({ id: 'agt_b' }),
  anActor({ id: 'orc', kind: 'domain_orchestrator', level: 'domain' }),
  anActor({ id: 'chief', kind: 'enterprise_orchestrator', level: 'enterprise', domain: 'enterprise' }),
];

describe('queries', () => {
  it('[AUD-6] pages through any ledger give what filtering and sorting all of it gives', async () => {
    const scenario = fc.record({
      entries: someEntries(120),
      shards: fc.constantFrom(1, 3, 16),
      limit: fc.integer({ min: 1, max: 40 }),
      selector: fc.constantFrom(...selectors),
      reader: fc.constantFrom(...readers),
      action_type: fc.option(fc.constantFrom('decision' as const, 'escalation' as const), { nil: undefined }),
      from: fc.option(fc.integer({ min: 1, max: 80 }), { nil: undefined }),
      to: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
    });
    const check = async ({
      entries,
      shards,
      limit,
      selector,
      reader,
      action_type,
      from,
      to,
    }: Arbitrary<typeof scenario>) => {
      const bound = (days: number | undefined) => (days === undefined ? undefined : daysAfter(-days).toISOString());
      const search = { ...selector.asked, action_type, from: bound(from), to: bound(to), limit };
      const world = aLedger(entries, shards);
      const found = (await pages(world, search, reader)).flatMap(({ items }) => items);
      const expected = newestFirst(
        entries.filter(
          (entry) =>
            selector.holds(entry) &&
            mayRead(entry, reader) &&
            (action_type === undefined || entry.action_type === action_type) &&
            (search.from === undefined || entry.timestamp >= search.from) &&
            (search.to === undefined || entry.timestamp < search.to),
        ),
      );
      expect(idsOf(found)).toEqual(idsOf(expected));
    };
    await fc.assert(fc.asyncProperty(scenario, check), { numRuns: 300 });
  });

  it('[AUD-6] no page repeats or leaves out an entry while new ones arrive', async () => {
    const scenario = fc.record({
      entries: someEntries(100),
      limit: fc.integer({ min: 1, max: 15 }),
      selector: fc.constantFrom(...selectors),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ entries: given, limit, selector }) => {
        const entries = given.filter(({ timestamp }) => timestamp < noon.toISOString());
        const world = aLedger(entries);
        const arrive = (): void =>
          world.add(anEntry({ agent_id: 'agt_b', subject: 'decision/dec_3', related_tasks: ['TASK-1'], at: noon }));
        const all = await pages(world, { ...selector.asked, limit }, anAuditor, arrive);
        const found = all.flatMap(({ items }) => items);
        expect(idsOf(found)).toEqual(idsOf(newestFirst(entries.filter(selector.holds))));
      }),
      { numRuns: 150 },
    );
  });

  it('[AUD-6] a cursor of one list is refused by another', async () => {
    const world = aLedger(Array.from({ length: 9 }, () => anEntry()));
    const { next_cursor } = await findEntries(world.deps, { domain: 'product', limit: 2 }, anAuditor, noon);
    const other = { agent: 'agt_a', limit: 2, cursor: next_cursor };
    await expect(findEntries(world.deps, other, anAuditor, noon)).rejects.toMatchObject({ code: 'InvalidCursor' });
  });

  it.each([
    [{}, 'SelectorMissing'],
    [{ agent: 'agt_a', domain: 'product' }, 'SelectorMissing'],
    [{ agent: 'agt_a', data_subject: 'customer-1' }, 'SelectorMissing'],
    [{ domain: 'platform' }, 'OutsideOwnDomain'],
  ])('[AUD-6] refuses the selectors %j', async (asked, code) => {
    const search = { ...asked, limit: 5 };
    await expect(findEntries(aLedger([]).deps, search, anActor(), noon)).rejects.toMatchObject({ code });
  });
});

describe('entries that name a data subject', () => {
  const [jane, joe] = [`sub_${'a'.repeat(32)}`, `sub_${'b'.repeat(32)}`] as const;
  const about = (subjects: string[], over: Partial<Entry> = {}): EntryItem =>
    entryItem(anEntry(over), event, traceparent, 4, { record: 'dec_1', subjects });

  it('[AUD-7] are found by their pointers, all of them, whatever their class, also beside another subject', async () => {
    const world = aLedger([anEntry()]);
    const items = [about([jane]), about([jane, joe], { classification: 'sensitive' }), about([joe])];
    for (const item of items) world.ledger.add(...rowsOf(item));
    for (const role of ['auditor', 'board_member', 'operator', 'data_protection']) {
      const reader = anActor({ id: 'hum', kind: 'human', level: 'board', roles: [role] });
      const all = await pages(world, { data_subject: jane, limit: 1 }, reader);
      expect(
        all.flatMap(({ items: found }) => idsOf(found)),
        role,
      ).toEqual(idsOf(newestFirst(items.slice(0, 2))));
    }
  });

  it.each([
    ['agent', 'auditor'],
    ['domain_orchestrator', 'auditor'],
    ['enterprise_orchestrator', 'data_protection'],
    ['human', 'on_call'],
  ] as const)('[AUD-7] are not looked for by data subject for a(n) %s with role %s', async (kind, role) => {
    const search = { data_subject: jane, limit: 1 };
    const refused = findEntries(aLedger([]).deps, search, anActor({ kind, roles: [role] }), noon);
    await expect(refused).rejects.toMatchObject({ code: 'RoleMissing' });
  });
});

describe('cost of a page', () => {
  const full = (perDay: number, days: number): Entry[] =>
    Array.from({ length: perDay * days }, (_, n) =>
      anEntry({ at: new Date(daysAfter(-(n % days)).getTime() - n * 1_000), subject: `decision/dec_${n % 97}` }),
    );

  it.each([{ domain: 'product' }, { agent: 'agt_a' }])('[AUD-6] does not grow with the ledger: %j', async (asked) => {
    const costs: { queries: number; rows: number }[] = [];
    for (const perDay of [100, 1_000]) {
      const world = aLedger(full(perDay, 5), 16);
      const { items } = await findEntries(world.deps, { ...asked, limit: 25 }, anAuditor, noon);
      expect(items).toHaveLength(25);
      costs.push({ ...world.ledger.asked });
    }
    expect(costs[1]?.rows).toBeLessThanOrEqual(3 * 25 + 16);
    expect(costs[1]?.queries).toBeLessThanOrEqual((costs[0]?.queries ?? 0) + 16);
  });

  it('[AUD-6] is bounded where almost nothing is found, and the list still ends with everything', async () => {
    const old = anEntry({ at: daysAfter(-85) });
    const world = aLedger([old], 16);
    const all = await pages(world, { domain: 'product', limit: 25 }, anAuditor);
    const widest = 4 * 16;
    expect(world.ledger.asked.queries).toBeLessThanOrEqual(all.length * (pageBudget.reads + widest));
    expect(all.flatMap(({ items }) => idsOf(items))).toEqual([old.id]);
  });

  it('[AUD-6] is bounded where a filter drops nearly everything', async () => {
    const rare = anEntry({ at: daysAfter(-3), action_type: 'escalation' });
    const world = aLedger([...full(4_000, 2), rare], 16);
    const from = daysAfter(-4).toISOString();
    const all = await pages(world, { domain: 'product', action_type: 'escalation', from, limit: 10 }, anAuditor);
    expect(all.flatMap(({ items }) => idsOf(items))).toEqual([rare.id]);
    expect(all.length).toBeLessThanOrEqual(1 + 8_000 / 2_000);
    expect(world.ledger.asked.rows).toBeLessThanOrEqual(2 * 8_001);
  });

  it('[AUD-6] a page ends before it outgrows an answer', async () => {
    const details = { ...anEntry().details, reasoning: 'ä'.repeat(60_000) };
    const world = aLedger(Array.from({ length: 60 }, (_, n) => anEntry({ details, at: new Date(noon.getTime() - n) })));
    const all = await pages(world, { domain: 'product', limit: 100 }, anAuditor);
    expect(all.length).toBeGreaterThan(1);
    expect(all.flatMap(({ items }) => items)).toHaveLength(60);
    for (const { items } of all) expect(Buffer.byteLength(JSON.stringify(items))).toBeLessThan(3_000_000);
  });
});

describe('expiry', () => {
  const expired = { at: daysAfter(-91) };
  const search = { agent: 'agt_a', limit: 10 };

  it('[AUD-3] an expired entry that DynamoDB has not removed yet is not returned', async () => {
    const world = aLedger([anEntry(expired), anEntry({ ...expired, retention: 'significant' })]);
    const { items } = await findEntries(world.deps, search, anAuditor, noon);
    expect(items.map(({ retention }) => retention)).toEqual(['significant']);
  });

  it('[AUD-3] it is returned while a legal hold covers it, and not after the release', async () => {
    const world = aLedger([anEntry(expired)]);
    const hold = aHold();
    for (const write of writes.place(hold)) if ('item' in write) world.state.add({ ...write.item, ...write.key });
    expect((await findEntries(world.deps, search, anAuditor, noon)).items).toHaveLength(1);
    for (const write of writes.release({ ...hold, version: 2 }))
      if (write.kind === 'remove') world.state.remove(write.key);
    expect((await findEntries(world.deps, search, anAuditor, noon)).items).toEqual([]);
  });

  it('[AUD-3] the holds are not read for entries that are not expired', async () => {
    const world = aLedger([anEntry()]);
    await findEntries(world.deps, search, anAuditor, noon);
    expect(world.state.asked).toEqual({ queries: 0, rows: 0, keys: 0 });
  });
});

describe('one entry', () => {
  it('[AUD-6] is found by its id alone, in one batched read', async () => {
    const item = anItem({ domain: 'platform', at: daysAfter(-40) }, undefined, 16);
    const table = memoryTable();
    table.add(item);
    const found = await ledgerStore(table, 16).one(item.id, ['enterprise', 'product', 'platform']);
    expect(found).toEqual(item);
    expect(table.asked).toMatchObject({ queries: 0, keys: 48 });
  });
});

type Arbitrary<A> = A extends fc.Arbitrary<infer T> ? T : never;
