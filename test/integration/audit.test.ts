import { beforeAll, describe, expect, it } from 'vitest';
import { dayOf } from '../../functions/shared/clock.ts';
import { Entry, type EntryItem, entryOf } from '../../functions/shared/ledger.ts';
import { millisOf } from '../../functions/shared/ids.ts';
import { entriesBy, itemsOf, refusalsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { pagesOf } from '../support/pages.ts';
import { aProposal } from '../support/proposals.ts';
import { call, clientIdOf, entriesOn, importExample, type Reply } from '../support/world.ts';

const run = Date.now();
const auditor = humanWith('auditor');
const [one, other, elsewhere] = ['one', 'other', 'elsewhere'].map((name) => `agt_aud_${name}_${run}`) as [
  string,
  string,
  string,
];
const task = `TASK-${run}`;

const propose = async (as: string, type: string, more: object = {}): Promise<Reply['body']> => {
  const { status, body, text } = await call('POST', '/decisions', { as, body: aProposal(type, { ...more }) });
  expect(status, text).toBe(201);
  return body;
};

const newestFirst = (items: readonly EntryItem[]): Entry[] =>
  items.map(entryOf).toSorted((a, b) => (a.id < b.id ? 1 : -1));

const listed = async (query: Record<string, string>, as = auditor): Promise<Entry[]> => {
  const pages = await pagesOf<Entry>(`/audit/entries?${new URLSearchParams({ limit: '7', ...query }).toString()}`, as);
  for (const page of pages) expect(page.length).toBeLessThanOrEqual(7);
  return pages.flat();
};

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
  const { id: _, ...like } = agentOf('product');
  const made = (id: string, team: string): Promise<Reply> => {
    const body = { ...like, id, team, client_id: clientIdOf('product-runtime') };
    return call('POST', '/agents', { as: enterpriseOrchestrator, body });
  };
  const registered = [made(one, 'checkout'), made(other, 'checkout'), made(elsewhere, 'security')];
  for (const reply of await Promise.all(registered)) expect(reply.status, reply.text).toBe(201);
  for (let nth = 0; nth < 24; nth += 1) {
    const tasks = nth % 3 === 0 ? { related_tasks: [task] } : {};
    const decided = await propose(one, nth % 4 === 0 ? 'scope_change' : 'implementation_detail', tasks);
    const body = { result: 'succeeded', summary: 'Done' };
    if (nth % 5 === 1) await call('POST', `/decisions/${decided.id}/outcome`, { as: one, body });
    if (nth % 6 === 0) await propose(other, 'tactical_approach', tasks);
    if (nth % 8 === 0) await propose(elsewhere, 'tactical_approach', tasks);
  }
});

describe('an entry', () => {
  it('[AUD-1] has exactly the fields that it should, over the API as in the ledger', async () => {
    const trace = 'c0ffee'.padEnd(32, '0');
    const proposal = aProposal('tactical_approach', { related_tasks: [task, 'TASK-2'], classification: 'public' });
    const made = await call('POST', '/decisions', {
      as: one,
      body: proposal,
      headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    const { status, body: entry } = await call('GET', `/audit/entries/${made.body.entry_id}`, { as: one });
    expect(status).toBe(200);
    const reasons = made.body.reasons.map(({ detail }: { detail: string }) => detail).join(' ');
    expect(entry).toEqual({
      id: made.body.entry_id,
      timestamp: made.body.proposed_at,
      agent_id: one,
      action_type: 'decision',
      domain: 'product',
      summary: proposal.summary,
      details: { ...(proposal.details as object), outcome: `allowed: ${reasons}` },
      classification: 'public',
      related_tasks: [task, 'TASK-2'],
      sequence: 1,
      subject: `decision/${made.body.id}`,
      policy_version: made.body.policies.version,
      trace_id: trace,
      retention: 'standard',
    });
    expect(entry.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Date(millisOf(entry.id)).toISOString()).toBe(entry.timestamp);
    const [stored] = await itemsOf(entry.subject);
    expect(stored && entryOf(stored)).toEqual(entry);
  });

  it('[AUD-1] is of one of three types: a decision, an execution, an escalation', async () => {
    const entries = await listed({ agent: one });
    expect(new Set(entries.map(({ action_type }) => action_type))).toEqual(
      new Set(['decision', 'execution', 'escalation']),
    );
    for (const entry of entries) expect(Entry.parse(entry)).toEqual(entry);
  });
});

describe('a query', () => {
  it('[AUD-6] by agent gives everything that it did and nothing else, newest first', async () => {
    const expected = newestFirst(await entriesBy(one));
    expect(expected.length).toBeGreaterThan(30);
    expect(await listed({ agent: one })).toEqual(expected);
  });

  it('[AUD-6] by subject gives its whole history, newest first', async () => {
    const { subject } = (await entriesBy(one)).find(({ sequence }) => sequence === 2) ?? { subject: '' };
    const found = await listed({ subject });
    expect(found.map(({ sequence, action_type }) => [sequence, action_type])).toEqual([
      [2, 'execution'],
      [1, 'decision'],
    ]);
  });

  it('[AUD-6] by task gives the entries of every agent that worked on it', async () => {
    const all = (await Promise.all([one, other, elsewhere].map(entriesBy))).flat();
    const expected = newestFirst(all.filter(({ related_tasks }) => related_tasks.includes(task)));
    expect(new Set(expected.map(({ agent_id }) => agent_id)).size).toBe(3);
    expect(await listed({ task })).toEqual(expected);
  });

  it('[AUD-6] by domain and time gives all that happened there then, merged from every shard in order', async () => {
    const mine = newestFirst(await entriesBy(one));
    const [from = '', to = ''] = [mine.at(-1)?.timestamp, mine[0]?.timestamp];
    const days = new Set([from, to].map((at) => dayOf(new Date(at))));
    const stored = (await Promise.all([...days].map((day) => entriesOn('product', day)))).flat();
    const expected = newestFirst(stored as EntryItem[]).filter(({ timestamp }) => timestamp >= from && timestamp < to);
    expect(new Set(expected.map(({ agent_id }) => agent_id)).size).toBeGreaterThanOrEqual(2);
    expect(await listed({ domain: 'product', from, to, limit: '7' })).toEqual(expected);
  });

  it('[AUD-6] is narrowed by action type and time, the first instant in and the last one out', async () => {
    const mine = newestFirst(await entriesBy(one));
    const [to = '', from = ''] = [mine[4]?.timestamp, mine[22]?.timestamp];
    for (const action_type of [undefined, 'decision', 'execution', 'escalation']) {
      const query = { agent: one, from, to, ...(action_type === undefined ? {} : { action_type }) };
      const within = mine.filter(({ timestamp }) => timestamp >= from && timestamp < to);
      const expected = within.filter((entry) => entry.action_type === (action_type ?? entry.action_type));
      expect(expected.length).toBeGreaterThan(0);
      expect(await listed(query)).toEqual(expected);
    }
    expect(await listed({ agent: one, from: '2020-01-01T00:00:00.000Z', to: '2020-01-02T00:00:00.000Z' })).toEqual([]);
  });

  it('[AUD-6] loses and repeats nothing while entries are added', async () => {
    const before = newestFirst(await entriesBy(one));
    const pages = await pagesOf<Entry>(`/audit/entries?agent=${one}&limit=10`, auditor, () =>
      propose(one, 'implementation_detail'),
    );
    expect(pages.length).toBeGreaterThan(3);
    expect(pages.flat()).toEqual(before);
  });

  it('[AUD-6] names exactly one selector, and a cursor serves the query that it was issued for only', async () => {
    for (const query of ['', `agent=${one}&task=${task}`]) {
      const reply = await call('GET', `/audit/entries?${query}`, { as: auditor });
      expect(reply).toMatchObject({ status: 400, body: { code: 'SelectorMissing' } });
    }
    const { body } = await call('GET', `/audit/entries?agent=${one}&limit=2`, { as: auditor });
    for (const query of [`agent=${other}`, `agent=${one}&action_type=decision`, `subject=agent/${one}`]) {
      const reply = await call('GET', `/audit/entries?${query}&limit=2&cursor=${body.next_cursor}`, { as: auditor });
      expect(reply, query).toMatchObject({ status: 400, body: { code: 'InvalidCursor' } });
    }
  });
});

describe('access', () => {
  it('[AUD-6] of an agent ends at its domain: another one is refused and audited, what is found there is not shown', async () => {
    const before = await refusalsOf(one, 'OutsideOwnDomain');
    for (const path of ['/audit/entries?domain=platform', '/audit/exports?domain=platform']) {
      expect(await call('GET', path, { as: one })).toMatchObject({ status: 403, body: { code: 'OutsideOwnDomain' } });
    }
    expect(await refusalsOf(one, 'OutsideOwnDomain')).toBe(before + 2);
    expect(await listed({ agent: elsewhere }, one)).toEqual([]);
    expect(await listed({ agent: elsewhere }, orchestratorOf('product'))).toEqual([]);
    expect((await listed({ agent: elsewhere }, orchestratorOf('platform'))).length).toBeGreaterThan(2);
    const seen = await listed({ task }, one);
    expect(new Set(seen.map(({ agent_id }) => agent_id))).toEqual(new Set([one, other]));
    const [foreign] = await entriesBy(elsewhere);
    expect(await call('GET', `/audit/entries/${foreign?.id}`, { as: one })).toMatchObject({ status: 404 });
  });

  it('[AUD-6] to what is sensitive is for those named for it', async () => {
    const { entry_id } = await propose(one, 'implementation_detail', { classification: 'sensitive' });
    const readers: [string, boolean][] = [
      [one, true],
      [other, false],
      [elsewhere, false],
      [orchestratorOf('product'), true],
      [orchestratorOf('platform'), false],
      [enterpriseOrchestrator, true],
      [auditor, true],
      [humanWith('board_member'), true],
      [humanWith('on_call'), false],
    ];
    for (const [as, may] of readers) {
      const { status } = await call('GET', `/audit/entries/${entry_id}`, { as });
      expect({ as, status }).toEqual({ as, status: may ? 200 : 404 });
      const ids = (await listed({ agent: one, action_type: 'decision' }, as)).map(({ id }) => id);
      expect(ids.includes(entry_id), as).toBe(may);
    }
  });
});

describe('an export', () => {
  /** Every page of an export by its `Link` header; each line parsed. */
  async function exported(query: Record<string, string>, as = auditor): Promise<Record<string, unknown>[][]> {
    const pages: Record<string, unknown>[][] = [];
    let search: string | undefined = `?${new URLSearchParams(query).toString()}`;
    while (search !== undefined) {
      const { status, text, headers }: Reply = await call('GET', `/audit/exports${search}`, { as });
      expect(status, text).toBe(200);
      expect(headers.get('content-type')).toContain('application/x-ndjson');
      expect(text === '' || text.endsWith('\n')).toBe(true);
      pages.push(
        text
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Record<string, unknown>),
      );
      search = /^<(\?[^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    return pages;
  }

  it('[AUD-6] as NDJSON gives, over its pages, what the list gives', async () => {
    const pages = await exported({ agent: one, limit: '9' });
    expect(pages.length).toBeGreaterThan(3);
    expect(pages.flat()).toEqual(await listed({ agent: one }));
    expect((await exported({ agent: one })).flat()).toEqual(pages.flat());
    const range = { agent: one, action_type: 'escalation' };
    expect((await exported(range)).flat()).toEqual(await listed(range));
  });

  it('[AUD-6] shows a reader what the list shows it', async () => {
    expect((await exported({ agent: one, limit: '11' }, other)).flat()).toEqual(await listed({ agent: one }, other));
  });

  it('[AUD-6] as OCSF gives one API Activity an entry, which loses nothing', async () => {
    const events = (await exported({ agent: one, format: 'ocsf', limit: '20' })).flat();
    const entries = await listed({ agent: one });
    expect(events).toHaveLength(entries.length);
    for (const [index, event] of events.entries()) {
      const entry = entries[index] as Entry;
      const activity = event.activity_id as number;
      expect([1, 3, 99]).toContain(activity);
      expect(event).toMatchObject({
        category_uid: 6,
        class_uid: 6003,
        type_uid: 600_300 + activity,
        time: Date.parse(entry.timestamp),
        message: entry.summary,
        metadata: { version: '1.8.0', uid: entry.id, sequence: entry.sequence, correlation_uid: entry.trace_id },
        actor: { user: { uid: one, domain: 'product' } },
        resources: [{ uid: entry.subject }],
        unmapped: { details: entry.details, classification: entry.classification, retention: entry.retention },
      });
    }
  });

  it('[AUD-6] as OCSF tells a refusal from what was done, and from where it came', async () => {
    await call('GET', '/audit/entries?domain=platform', { as: one });
    const events = (await exported({ agent: one, format: 'ocsf' })).flat();
    const refusals = events.filter(({ activity_name }) => activity_name === 'Refuse');
    expect(refusals.length).toBeGreaterThan(0);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        status: 'Failure',
        status_detail: 'OutsideOwnDomain',
        severity: 'Medium',
        src_endpoint: { ip: expect.stringMatching(/^127\./) },
      });
    }
  });
});
