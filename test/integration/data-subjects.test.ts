import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { dataSubjectKeys } from '../../functions/shared/store-data-subjects.ts';
import type { Entry } from '../../functions/shared/ledger.ts';
import { archived } from '../support/archive.ts';
import { discrepancies } from '../support/consistency.ts';
import { invoke } from '../support/functions.ts';
import { authorityHere, faultyClient } from '../support/in-process.ts';
import { itemsOf, refusalsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { pagesOf } from '../support/pages.ts';
import { aPerson, aProposalAbout, everythingKept, type Person, proposeAbout } from '../support/personal.ts';
import { aProposal } from '../support/proposals.ts';
import { listenTo } from '../support/queues.ts';
import { ask } from '../support/slices.ts';
import { togetherClient } from '../support/together.ts';
import { call, eventually, importExample, type Reply, world } from '../support/world.ts';

const agent = agentOf('product').id;
const auditor = humanWith('auditor');

const record = async (pseudonym: string) => (await world().state.getMany([dataSubjectKeys.record(pseudonym)]))[0];
const report = (id: string, body: object, headers = {}): Promise<Reply> =>
  call('POST', `/decisions/${id}/outcome`, { as: agent, body: { result: 'succeeded', ...body }, headers });
const access = async (person: Person, as = auditor): Promise<Entry[]> => {
  const query = new URLSearchParams({ data_subject: person.id, limit: '2' });
  return (await pagesOf<Entry>(`/audit/entries?${query.toString()}`, as)).flat();
};

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('a decision about a natural person', () => {
  it('[AUD-7] leaves neither her id nor a word of its texts in the clear: not stored, archived, published or logged', async () => {
    const person = aPerson();
    const heard = await Promise.all(['product', 'enterprise'].map((bus) => listenTo(bus)));
    const allowed = await proposeAbout(person, agent, 'implementation_detail');
    await proposeAbout(person, agent, 'scope_change');
    await proposeAbout(person, agent, 'no_such_type');
    expect(await report(allowed.id, { summary: person.say('outcome') })).toMatchObject({ status: 200 });
    await call('GET', `/audit/entries?data_subject=${person.id}`, { as: agent });
    const ids = (await itemsOf(`decision/${allowed.id}`)).map(({ id }) => id);
    await heard[0]?.until(1, ({ detail }) => detail.id === ids.at(-1));
    for (const item of await itemsOf(`decision/${allowed.id}`)) await eventually('archived', () => archived(item));
    const kept: Record<string, string[]> = await everythingKept();
    kept.events = (await Promise.all(heard.map((bus) => bus.heard()))).flat().map((event) => JSON.stringify(event));
    for (const [place, texts] of Object.entries(kept)) {
      // A log line says who asked, and not what about.
      const trace = place === 'logs' ? agent : allowed.id;
      expect(texts.filter((text) => text.includes(trace)).length, `${place} was looked at`).toBeGreaterThan(0);
      expect(
        texts.filter((text) => text.includes(person.mark)),
        place,
      ).toEqual([]);
    }
  });

  it('[AUD-7] is read as it was said, by whoever may read it, in every way', async () => {
    const person = aPerson();
    const made = await proposeAbout(person, agent, 'scope_change');
    const pseudonym = made.proposal.data_subject;
    expect(pseudonym).toMatch(/^sub_[0-9a-f]{32}$/);
    const proposal = { ...aProposalAbout(person, 'scope_change'), data_subject: pseudonym };
    expect(made.proposal).toMatchObject(proposal);
    expect((await call('GET', `/decisions/${made.id}`, { as: agent })).body).toEqual(made);
    const as = orchestratorOf('product');
    const escalation = await call('GET', `/escalations/${made.escalation_id}`, { as });
    expect(escalation.body.summary).toBe('A `scope_change` about a natural person');
    const waiting = (await pagesOf('/escalations?limit=100', as)).flat();
    expect(waiting.find(({ id }) => id === made.escalation_id)).toEqual(escalation.body);
    const { body: entry } = await call('GET', `/audit/entries/${made.entry_id}`, { as: agent });
    expect(entry).toMatchObject({ summary: person.say('summary'), details: made.proposal.details });
    const listed = await call('GET', `/audit/entries?subject=decision/${made.id}`, { as: agent });
    expect(listed.body.items).toEqual([entry]);
    const lines = await call('GET', `/audit/exports?subject=decision/${made.id}`, { as: agent });
    expect(JSON.parse(lines.text)).toEqual(entry);
    const ocsf = await call('GET', `/audit/exports?subject=decision/${made.id}&format=ocsf`, { as: agent });
    expect(JSON.parse(ocsf.text)).toMatchObject({ message: person.say('summary') });
    const [of] = await itemsOf(`escalation/${made.escalation_id}`);
    expect(of?.summary).toBe('Waits for the domain level: A `scope_change` about a natural person');
  });

  it('[AUD-7] [GWY-4] gives a repeated request the first answer, although what is remembered of it is sealed', async () => {
    const person = aPerson();
    const headers = { 'idempotency-key': `"${randomUUID()}"` };
    const body = aProposalAbout(person, 'implementation_detail');
    const first = await call('POST', '/decisions', { as: agent, body, headers });
    const again = await call('POST', '/decisions', { as: agent, body, headers });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    const outcome = { summary: person.say('outcome') };
    const later = { 'idempotency-key': `"${randomUUID()}"` };
    const done = await report(first.body.id, outcome, later);
    expect((await report(first.body.id, outcome, later)).body).toEqual(done.body);
    expect(done.body).toMatchObject({ proposal: first.body.proposal, outcome });
  });

  it('[AUD-7] has an outcome about the same person, unless it names another; each is sealed under the right key', async () => {
    const [one, other] = [aPerson(), aPerson()];
    const silent = await proposeAbout(one, agent, 'implementation_detail');
    const { body: mine } = await report(silent.id, { summary: one.say('outcome') });
    expect(mine.outcome).toMatchObject({ summary: one.say('outcome'), data_subject: silent.proposal.data_subject });
    const mixed = await proposeAbout(one, agent, 'implementation_detail');
    const { body: both } = await report(mixed.id, { summary: other.say('outcome'), data_subject: other.id });
    expect(both.outcome.data_subject).not.toBe(both.proposal.data_subject);
    expect((await call('GET', `/decisions/${mixed.id}`, { as: agent })).body).toEqual(both);
    const { body: plain } = await call('POST', '/decisions', { as: agent, body: aProposal('implementation_detail') });
    await report(plain.id, { summary: other.say('outcome'), data_subject: other.id });
    const entries = await access(other);
    expect(entries.map(({ subject, summary }) => [subject, summary])).toEqual([
      [`decision/${plain.id}`, `Outcome of: ${plain.proposal.summary}`],
      [`decision/${mixed.id}`, `Outcome of: ${one.say('summary')}`],
    ]);
    for (const { details } of entries) expect(details.outcome).toBe(`succeeded: ${other.say('outcome')}`);
  });

  it('[AUD-7] costs one read more than another, once its key is known; another costs nothing more', async () => {
    const person = aPerson();
    const { client, calls } = faultyClient({});
    const handler = await authorityHere({ client });
    const commands = async (body: unknown): Promise<string[]> => {
      const before = calls.length;
      expect(await ask(handler, 'POST', '/decisions', { as: agent, body })).toMatchObject({ status: 201 });
      const names = calls.slice(before).map(({ command }) => command);
      // The lease of permits, beside the first read.
      return names.filter((name) => name !== 'UpdateItemCommand');
    };
    for (const warm of [aProposal, aProposalAbout.bind(undefined, person)])
      await commands(warm('implementation_detail'));
    const plain = await commands(aProposal('implementation_detail'));
    expect(plain.filter((name) => name === 'TransactWriteItemsCommand')).toHaveLength(1);
    const about = await commands(aProposalAbout(person, 'implementation_detail'));
    expect(about).toEqual([...plain.slice(0, -1), 'BatchGetItemCommand', 'TransactWriteItemsCommand']);
  });
});

describe('access by data subject', () => {
  it('[AUD-7] [AUD-6] returns all that names her, newest first, also what is sensitive and what the control plane added', async () => {
    const person = aPerson();
    const late = await authorityHere({ now: () => new Date(Date.now() - 26 * 3_600_000) });
    const request = { as: agent, body: aProposalAbout(person, 'implementation_detail') };
    const { body: missed } = await ask(late, 'POST', '/decisions', request);
    expect((await invoke('authority-sweeper', {})).error).toBeUndefined();
    const sensitive = await proposeAbout(person, agent, 'scope_change', { classification: 'sensitive' });
    await proposeAbout(aPerson(), agent, 'scope_change');
    const expected = [
      [`decision/${sensitive.id}`, person.say('summary')],
      [`decision/${missed.id}`, `No outcome by ${missed.outcome_due_at}: ${person.say('summary')}`],
      [`decision/${missed.id}`, person.say('summary')],
    ];
    for (const as of [auditor, humanWith('board_member'), humanWith('operator')]) {
      const entries = await access(person, as);
      expect(entries.map(({ subject, summary }) => [subject, summary])).toEqual(expect.arrayContaining(expected));
      expect(entries).toHaveLength(expected.length);
      expect(entries.map(({ id }) => id)).toEqual(
        entries
          .map(({ id }) => id)
          .toSorted()
          .toReversed(),
      );
    }
    const lines = await call('GET', `/audit/exports?data_subject=${person.id}`, { as: auditor });
    expect(lines.text.trim().split('\n')).toHaveLength(expected.length);
    const byPseudonym = await call('GET', `/audit/entries?data_subject=${sensitive.proposal.data_subject}`, {
      as: auditor,
    });
    expect(byPseudonym.body.items).toHaveLength(expected.length);
  });

  it('[AUD-7] is for those who answer for it; every other attempt is refused and recorded', async () => {
    const person = aPerson();
    await proposeAbout(person, agent, 'implementation_detail');
    for (const as of [agent, orchestratorOf('product'), enterpriseOrchestrator, humanWith('on_call')]) {
      const before = await refusalsOf(as, 'RoleMissing');
      const { status, body } = await call('GET', `/audit/entries?data_subject=${person.id}`, { as });
      expect({ status, code: body.code }, as).toEqual({ status: 403, code: 'RoleMissing' });
      expect(await refusalsOf(as, 'RoleMissing')).toBe(before + 1);
    }
    const both = await call('GET', `/audit/entries?data_subject=${person.id}&agent=${agent}`, { as: auditor });
    expect(both).toMatchObject({ status: 400, body: { code: 'SelectorMissing' } });
  });
});

describe('the key of a data subject', () => {
  it('[AUD-7] [AUD-2] is made once, however many decisions name her first at once, and opens all of them', async () => {
    const person = aPerson();
    // Each has found no key before any of them stores one.
    const client = togetherClient(8);
    const handlers = await Promise.all(Array.from({ length: 8 }, () => authorityHere({ client })));
    const request = { as: agent, body: aProposalAbout(person, 'scope_change') };
    const replies = await Promise.all(handlers.map((handler) => ask(handler, 'POST', '/decisions', request)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    const made = replies.map(({ body }) => body);
    const pseudonym = made[0].proposal.data_subject;
    expect(new Set(made.map(({ proposal }) => proposal.data_subject))).toEqual(new Set([pseudonym]));
    expect(await record(pseudonym)).toMatchObject({ version: 1, generation: 1 });
    const [entry, ...more] = await itemsOf(`data-subject/${pseudonym}`);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ sequence: 1, event: { type: 'orchestra.subject.protected.v1' } });
    for (const one of made) {
      expect((await call('GET', `/decisions/${one.id}`, { as: agent })).body).toEqual(one);
    }
  });

  it('[AUD-7] [AUD-2] is one of the records that agree with the ledger', async () => {
    const { compared, found } = await discrepancies();
    expect(compared).toBeGreaterThan(40);
    expect(found).toEqual([]);
  });
});
