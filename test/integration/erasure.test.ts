import { randomUUID } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { dataSubjectKeys } from '../../functions/shared/store-data-subjects.ts';
import { discrepancies } from '../support/consistency.ts';
import { authorityHere, Crash, type Fault, faultyClient } from '../support/in-process.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf, humanWith, orchestratorOf } from '../support/organization.ts';
import {
  aPerson,
  aProposalAbout,
  digestsOf,
  erase,
  everythingKept,
  type Person,
  proposeAbout,
} from '../support/personal.ts';
import { listenTo } from '../support/queues.ts';
import { ask, auditHere } from '../support/slices.ts';
import { call, clientIdOf, importExample, type Reply, tokenOf, world } from '../support/world.ts';

const agent = agentOf('platform').id;
const domainOrchestrator = orchestratorOf('platform');
const operator = humanWith('operator');
const auditor = humanWith('auditor');
const erased = '[erased]';
const erasedDetails = { context: erased, options_considered: [erased, erased], decision: erased, reasoning: erased };

const record = async (pseudonym: string) => (await world().state.getMany([dataSubjectKeys.record(pseudonym)]))[0];
const sequencesOf = async (pseudonym: string): Promise<number[]> =>
  (await itemsOf(`data-subject/${pseudonym}`)).map(({ sequence }) => sequence).toSorted((a, b) => a - b);
const decision = async (id: string): Promise<Reply['body']> =>
  (await call('GET', `/decisions/${id}`, { as: agent })).body;
const outcome = (id: string, person: Person): Promise<Reply> =>
  call('POST', `/decisions/${id}/outcome`, { as: agent, body: { result: 'failed', summary: person.say('outcome') } });

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('an erasure', () => {
  it('[AUD-7] makes every text about her unreadable, everywhere, and changes nothing that is stored of it', async () => {
    const [person, other] = [aPerson(), aPerson()];
    const published = await listenTo('enterprise', { detail: { type: ['orchestra.subject.erased.v1'] } });
    const key = { 'idempotency-key': `"${randomUUID()}"` };
    const body = aProposalAbout(person, 'scope_change');
    const { body: waiting } = await call('POST', '/decisions', { as: agent, body, headers: key });
    const done = await proposeAbout(person, agent, 'implementation_detail');
    await outcome(done.id, person);
    const untouched = await proposeAbout(other, agent, 'implementation_detail');
    const subjects = [`decision/${waiting.id}`, `decision/${done.id}`];
    const before = await Promise.all(subjects.map(digestsOf));

    const reply = await erase(person.id, operator);
    const pseudonym = waiting.proposal.data_subject;
    expect(reply, reply.text).toMatchObject({
      status: 200,
      body: { data_subject: pseudonym, generation: 1, key_destroyed: true, entries: 3, erased_by: operator },
    });

    expect(await Promise.all(subjects.map(digestsOf))).toEqual(before);
    expect((await decision(waiting.id)).proposal).toMatchObject({ summary: erased, details: erasedDetails });
    expect(await decision(done.id)).toMatchObject({
      proposal: { summary: erased, details: erasedDetails },
      outcome: { result: 'failed', summary: erased },
    });
    const repeated = await call('POST', '/decisions', { as: agent, body, headers: key });
    expect(repeated).toMatchObject({ status: 201, body: { id: waiting.id, proposal: { summary: erased } } });
    const listed = await call('GET', `/audit/entries?data_subject=${person.id}`, { as: auditor });
    expect(listed.body.items.map(({ summary }: { summary: string }) => summary).toSorted()).toEqual(
      [erased, erased, `Outcome of: ${erased}`].toSorted(),
    );
    const lines = await call('GET', `/audit/exports?data_subject=${pseudonym}&format=ocsf`, { as: auditor });
    for (const text of [listed.text, lines.text, JSON.stringify(await everythingKept())]) {
      expect(text).not.toContain(person.mark);
    }
    expect(await decision(untouched.id)).toEqual(untouched);
    const [event] = await published.until(1, ({ detail }) => detail.data.data_subject === pseudonym);
    expect(event?.detail).toMatchObject({ subject: `data-subject/${pseudonym}`, sequence: '2', data: { entries: 3 } });
  });

  it('[AUD-7] leaves a tombstone and its entry, and nothing of the key', async () => {
    const person = aPerson();
    const { proposal } = await proposeAbout(person, agent, 'implementation_detail');
    const { wrapped } = (await record(proposal.data_subject)) ?? {};
    expect(wrapped).toEqual(expect.any(String));
    await erase(person.id, operator);
    expect(await record(proposal.data_subject)).toMatchObject({ version: 2, wrapped: null, erasure: { entries: 1 } });
    const [, entry] = await itemsOf(`data-subject/${proposal.data_subject}`);
    expect(entry).toMatchObject({
      agent_id: operator,
      sequence: 2,
      retention: 'compliance',
      details: { decision: 'erased', reasoning: 'Asked for' },
    });
    const { state, ledger, archive } = await everythingKept();
    expect([...state, ...ledger, ...archive].filter((text) => text.includes(String(wrapped)))).toEqual([]);
  });

  it('[AUD-7] acts at once, also in a process that holds the key', async () => {
    const person = aPerson();
    const here = await authorityHere();
    const request = { as: agent, runtime: 'platform-runtime' };
    const { body } = await ask(here, 'POST', '/decisions', {
      ...request,
      body: aProposalAbout(person, 'scope_change'),
    });
    const read = async (): Promise<string> =>
      (await ask(here, 'GET', `/decisions/${body.id}`, request)).body.proposal.summary;
    expect(await read()).toBe(person.say('summary'));
    await erase(person.id, operator);
    expect(await read()).toBe(erased);
  });

  it('[AUD-7] is the same however often it is asked for, by id or pseudonym, also at once', async () => {
    const person = aPerson();
    const { proposal } = await proposeAbout(person, agent, 'implementation_detail');
    const key = { 'idempotency-key': `"${randomUUID()}"` };
    const first = await erase(person.id, operator, key);
    const names = [person.id, proposal.data_subject, person.id];
    const again = await Promise.all(names.map((name) => erase(name, humanWith('board_member'))));
    for (const { status, body } of [...again, await erase(person.id, operator, key)]) {
      expect({ status, body }).toEqual({ status: 200, body: first.body });
    }
    expect(await sequencesOf(proposal.data_subject)).toEqual([1, 2]);
    const many = aPerson();
    const { proposal: of } = await proposeAbout(many, agent, 'implementation_detail');
    const replies = await Promise.all(Array.from({ length: 6 }, () => erase(many.id, operator)));
    const done = replies.filter(({ status }) => status === 200);
    expect(done.length).toBeGreaterThan(0);
    for (const { body } of done) expect(body).toEqual(done[0]?.body);
    for (const { status, body } of replies) if (status !== 200) expect(body.code).toBe('RequestInFlight');
    expect(await sequencesOf(of.data_subject)).toEqual([1, 2]);
  });

  it('[AUD-7] is what a data protection officer is for, who also sees what is held', async () => {
    const person = aPerson();
    const made = await proposeAbout(person, agent, 'implementation_detail', { classification: 'sensitive' });
    const id = `hum_dpo_${Date.now()}`;
    const officer = {
      kind: 'human',
      id,
      name: 'Officer',
      client_id: clientIdOf('operator'),
      roles: ['data_protection'],
    };
    const runtime = { as: id, token: await tokenOf('operator') };
    expect(await call('POST', '/principals', { as: operator, body: officer })).toMatchObject({ status: 201 });
    const held = await call('GET', `/audit/entries?data_subject=${person.id}`, runtime);
    expect(held.body.items.map(({ summary }: { summary: string }) => summary)).toEqual([person.say('summary')]);
    const body = { data_subject: person.id, reason: 'Asked for' };
    const reply = await call('POST', '/audit/data-subjects/erasures', { ...runtime, body });
    expect(reply, reply.text).toMatchObject({ status: 200, body: { erased_by: id } });
    expect((await decision(made.id)).proposal.summary).toBe(erased);
  });

  it('[AUD-7] is for people with the role, and for persons of whom something is held', async () => {
    const person = aPerson();
    await proposeAbout(person, agent, 'implementation_detail');
    expect(await erase(person.id, auditor)).toMatchObject({ status: 403, body: { code: 'RoleMissing' } });
    expect(await erase(person.id, domainOrchestrator)).toMatchObject({ status: 403 });
    expect(await erase(aPerson().id, operator)).toMatchObject({ status: 404 });
  });

  it('[AUD-7] [AUD-3] waits for the legal holds that cover an entry about her, and names them', async () => {
    const [person, other] = [aPerson(), aPerson()];
    const made = await proposeAbout(person, agent, 'implementation_detail');
    await proposeAbout(other, agent, 'implementation_detail');
    const place = async (value: string): Promise<string> => {
      const body = { selector: { by: 'subject', value }, reason: 'Litigation' };
      return (await call('POST', '/audit/holds', { as: operator, body })).body.id;
    };
    const holds = [await place(`decision/${made.id}`), await place(`decision/${made.id}`)];
    const refused = await erase(person.id, operator);
    expect(refused).toMatchObject({ status: 409, body: { code: 'ErasureHeld' } });
    expect(refused.body.detail).toBe(`Held by ${holds.toSorted().join(', ')}.`);
    expect(await decision(made.id)).toEqual(made);
    expect(await erase(other.id, operator)).toMatchObject({ status: 200 });
    for (const hold of holds) {
      const body = { reason: 'Settled' };
      expect(await call('POST', `/audit/holds/${hold}/release`, { as: operator, body })).toMatchObject({ status: 200 });
    }
    expect(await erase(person.id, operator)).toMatchObject({ status: 200, body: { entries: 1 } });
  });
});

describe('a decision about a person who was erased', () => {
  it('[AUD-7] is sealed under a new key, of which there is an entry; what was erased stays so', async () => {
    const person = aPerson();
    const old = await proposeAbout(person, agent, 'implementation_detail');
    await erase(person.id, operator);
    const fresh = await proposeAbout(person, agent, 'implementation_detail');
    expect(fresh.proposal.data_subject).toBe(old.proposal.data_subject);
    expect(await decision(fresh.id)).toEqual(fresh);
    expect((await decision(old.id)).proposal.summary).toBe(erased);
    expect(await record(old.proposal.data_subject)).toMatchObject({ version: 3, generation: 2 });
    expect(await sequencesOf(old.proposal.data_subject)).toEqual([1, 2, 3]);
    expect(await erase(person.id, operator)).toMatchObject({ status: 200, body: { generation: 2, entries: 2 } });
    expect((await decision(fresh.id)).proposal.summary).toBe(erased);
  });

  it('[AUD-7] fails if the erasure comes between its reading of the key and its writing, and stores nothing', async () => {
    const person = aPerson();
    const { proposal } = await proposeAbout(person, agent, 'implementation_detail');
    const { client } = faultyClient({});
    let reply: Reply | undefined;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'TransactWriteItemsCommand') reply ??= await erase(person.id, operator);
        return next(args);
      },
      { step: 'initialize', name: 'erased meanwhile' },
    );
    const late = await authorityHere({ client });
    const request = { as: agent, runtime: 'platform-runtime', body: aProposalAbout(person, 'implementation_detail') };
    const refused = await ask(late, 'POST', '/decisions', request);
    expect(reply).toMatchObject({ status: 200 });
    expect(refused).toMatchObject({ status: 409, body: { code: 'VersionConflict' } });
    const { body } = await call('GET', `/audit/entries?data_subject=${proposal.data_subject}`, { as: auditor });
    expect(body.items).toHaveLength(1);
  });

  it('[AUD-7] that races with the erasure is refused, or unreadable, or of the next key; never readable under the old one', async () => {
    const person = aPerson();
    const { proposal } = await proposeAbout(person, agent, 'implementation_detail');
    const attempt = (): Promise<Reply> =>
      call('POST', '/decisions', { as: agent, body: aProposalAbout(person, 'implementation_detail') });
    const [reply, ...writes] = await Promise.all([
      erase(person.id, operator),
      attempt(),
      attempt(),
      attempt(),
      attempt(),
    ]);
    if (reply.status !== 200) expect(await erase(person.id, operator)).toMatchObject({ status: 200 });
    for (const { status, body } of writes) {
      if (status !== 201) expect(['VersionConflict', 'RequestInFlight']).toContain(body.code);
      if (status !== 201) continue;
      const [item] = await itemsOf(`decision/${body.id}`);
      const isNext = item?.summary.startsWith(`enc:v1:${proposal.data_subject}.2:`);
      expect((await decision(body.id)).proposal.summary).toBe(isNext ? person.say('summary') : erased);
    }
  });
});

describe('a key that is brought back', () => {
  const putBack = async (pseudonym: string, item: object): Promise<void> => {
    const Item = marshall({ ...item, ...dataSubjectKeys.record(pseudonym) });
    await world().dynamo.send(new PutItemCommand({ TableName: world().state.name, Item }));
  };

  it('[AUD-7] by a restore is no proof any more, and is destroyed again by the pseudonym that the ledger has', async () => {
    const person = aPerson();
    const made = await proposeAbout(person, agent, 'implementation_detail');
    const pseudonym: string = made.proposal.data_subject;
    const backup = (await record(pseudonym)) ?? {};
    const key = { 'idempotency-key': `"${randomUUID()}"` };
    expect(await erase(person.id, operator, key)).toMatchObject({ status: 200 });
    await putBack(pseudonym, backup);
    expect((await decision(made.id)).proposal.summary).toBe(person.say('summary'));
    expect(await erase(person.id, operator, key)).toMatchObject({ status: 409, body: { code: 'VersionConflict' } });
    const ledger = await call('GET', '/audit/entries?domain=enterprise&limit=100', { as: auditor });
    type Line = { subject: string; details: { decision: string } };
    const erasure = (ledger.body.items as Line[]).find(
      ({ subject, details }) => subject === `data-subject/${pseudonym}` && details.decision === 'erased',
    );
    expect(await erase(erasure?.subject.replace('data-subject/', '') ?? '', operator)).toMatchObject({
      status: 200,
      body: { generation: 1, key_destroyed: true },
    });
    expect((await decision(made.id)).proposal.summary).toBe(erased);
    expect(await sequencesOf(pseudonym)).toEqual([1, 2, 3]);
    expect(await record(pseudonym)).toMatchObject({ version: 3, wrapped: null });
  });

  it('[AUD-7] for another person does not open: KMS wraps it for the one that it was made for', async () => {
    const [jane, joe] = [aPerson(), aPerson()];
    const of = await proposeAbout(jane, agent, 'implementation_detail');
    const made = await proposeAbout(joe, agent, 'implementation_detail');
    const [own, other] = [await record(made.proposal.data_subject), await record(of.proposal.data_subject)];
    await putBack(made.proposal.data_subject, { ...own, wrapped: other?.wrapped });
    const page = await call('GET', `/audit/entries?agent=${agent}`, { as: auditor });
    const read = (id: string) => page.body.items.find((item: { id: string }) => item.id === id)?.summary;
    expect([read(made.entry_id), read(of.entry_id)]).toEqual(['[unreadable]', jane.say('summary')]);
    await putBack(made.proposal.data_subject, own ?? {});
    expect((await decision(made.id)).proposal.summary).toBe(joe.say('summary'));
  });
});

describe('a crash', () => {
  const attempt = async (person: Person, fault: Fault, idempotencyKey: string) => {
    const { client, calls } = faultyClient(fault);
    const handler = await auditHere({ client });
    const body = { data_subject: person.id, reason: 'Asked for' };
    const request = { as: operator, runtime: 'operator', body, idempotencyKey };
    return { ...(await ask(handler, 'POST', '/audit/data-subjects/erasures', request)), calls };
  };

  it('[AUD-7] [AUD-2] before or after any call of an erasure leaves it done or not done, and its repetition does it once', async () => {
    const sample = aPerson();
    await proposeAbout(sample, agent, 'implementation_detail');
    const { status, calls } = await attempt(sample, {}, randomUUID());
    expect(status).toBe(200);
    expect(calls.length).toBeGreaterThan(4);
    for (const when of ['before', 'after'] as const) {
      for (let point = 0; point < calls.length; point += 1) {
        const person = aPerson();
        const { id, proposal } = await proposeAbout(person, agent, 'implementation_detail');
        const key = randomUUID();
        const crash = ({ nth }: { nth: number }) => (nth === point ? new Crash(`${when} call ${point}`) : undefined);
        expect((await attempt(person, { [when]: crash }, key)).status).toBeGreaterThanOrEqual(500);
        const isGone = (await record(proposal.data_subject))?.wrapped === null;
        expect(await sequencesOf(proposal.data_subject)).toEqual(isGone ? [1, 2] : [1]);
        expect((await decision(id)).proposal.summary).toBe(isGone ? erased : person.say('summary'));
        expect(await attempt(person, {}, key)).toMatchObject({ status: 200, body: { key_destroyed: true } });
        expect(await sequencesOf(proposal.data_subject)).toEqual([1, 2]);
        expect((await decision(id)).proposal.summary).toBe(erased);
      }
    }
  }, 120_000);

  it('[AUD-7] [AUD-2] after all of it the whole state agrees with the whole ledger', async () => {
    expect((await discrepancies()).found).toEqual([]);
  });
});
