import { beforeAll, describe, expect, it } from 'vitest';
import { messagesAbout } from '../support/approvals.ts';
import {
  aConflict,
  agreeTo,
  atOptions,
  catalog,
  checkout,
  conflictOf,
  eventsOf,
  memberOf,
  need,
  propose,
  raised,
  reliability,
  resolve,
  speak,
  stepsOf,
} from '../support/conflicts.ts';
import { discrepancies } from '../support/consistency.ts';
import { itemsOf, refusalsOf } from '../support/ledger.ts';
import { enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { call, entriesOf, importExample } from '../support/world.ts';

const [one] = checkout.speakers as [string];
const [other] = catalog.speakers as [string];
const product = orchestratorOf('product');
const board = humanWith('board_member');
const hour = 3600;

const kindsFor = async (id: string, owner: string): Promise<string[]> =>
  (await messagesAbout(`conflict/${id}`, owner)).map(({ kind }) => kind as string);

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('a conflict that is raised by hand', () => {
  it('[CNF-1] is of one of three types, and tells its parties in its own transaction', async () => {
    for (const type of ['priority', 'scope', 'technical']) {
      const conflict = await raised({ type, related_tasks: ['TASK-7'] });
      expect(conflict).toMatchObject({
        type,
        step: 'identified',
        domain: 'product',
        opened_by: one,
        detected_by: null,
      });
      expect(conflict.parties).toMatchObject([
        { id: 'checkout', speakers: [one] },
        { id: 'catalog', speakers: [other] },
      ]);
      for (const speaker of [one, other]) expect(await kindsFor(conflict.id, speaker)).toEqual(['conflict_opened']);
      const [entry] = await entriesOf(`conflict/${conflict.id}`);
      expect(entry).toMatchObject({ agent_id: one, domain: 'product', related_tasks: ['TASK-7'], sequence: 1 });
    }
    const strange = await call('POST', '/conflicts', { as: one, body: aConflict({ type: 'personal' }) });
    expect(strange).toMatchObject({ status: 422, body: { errors: [{ pointer: '/body/type' }] } });
  });

  it('[CNF-1] across domains belongs to the enterprise, and lets their orchestrators speak', async () => {
    const conflict = await raised({ parties: [checkout, reliability], urgency: 'critical' });
    expect(conflict).toMatchObject({
      domain: 'enterprise',
      terms: { perspectives: hour / 2, interests: hour / 2, options: hour, level: hour },
      parties: [{ speakers: [one, product] }, { speakers: [reliability.speakers[0], orchestratorOf('operations')] }],
    });
    expect(await kindsFor(conflict.id, orchestratorOf('operations'))).toEqual(['conflict_opened']);
  });

  it('[CNF-1] names the field that is wrong', async () => {
    const bad: [field: string, more: Record<string, unknown>][] = [
      ['/body/parties/1/team', { parties: [checkout, { domain: 'product', team: 'reliability' }] }],
      ['/body/parties/1/domain', { parties: [checkout, { domain: 'atlantis' }] }],
      ['/body/parties/1/speakers/0', { parties: [checkout, { ...catalog, speakers: [one] }] }],
      ['/body/parties/1/speakers/0', { parties: [checkout, { ...catalog, speakers: ['agt_nobody'] }] }],
      ['/body/parties/1/speakers', { parties: [checkout, { ...catalog, speakers: [] }] }],
      ['/body/parties/1', { parties: [checkout, checkout] }],
      ['/body/terms/options', { terms: { options: 60 } }],
      ['/body/subject', { subject: 'staging' }],
    ];
    for (const [pointer, more] of bad) {
      const reply = await call('POST', '/conflicts', { as: one, body: aConflict(more) });
      expect(reply, pointer).toMatchObject({ status: 422, body: { code: 'InvalidFields', errors: [{ pointer }] } });
    }
  });

  it('[CNF-1] is raised by whom it concerns, and about the same between the same parties once', async () => {
    const stranger = memberOf('reliability');
    const before = await refusalsOf(stranger, 'NotAParty');
    const by = (as: string) => call('POST', '/conflicts', { as, body: aConflict() });
    expect(await by(stranger)).toMatchObject({ status: 403, body: { code: 'NotAParty' } });
    expect(await refusalsOf(stranger, 'NotAParty')).toBe(before + 1);
    expect(await by(orchestratorOf('platform'))).toMatchObject({ status: 403, body: { code: 'OutsideOwnDomain' } });
    expect(await by(humanWith('auditor'))).toMatchObject({ status: 403, body: { code: 'RoleMissing' } });
    for (const as of [product, enterpriseOrchestrator, board]) expect(await by(as)).toMatchObject({ status: 201 });
    const first = await raised();
    const again = aConflict({ subject: first.subject, parties: [catalog, checkout] });
    expect(await call('POST', '/conflicts', { as: other, body: again })).toMatchObject({
      status: 409,
      body: { code: 'AlreadyExists', detail: expect.stringContaining(first.id) },
    });
    expect((await raised({ subject: first.subject, type: 'scope' })).id).not.toBe(first.id);
  });

  it('[CNF-1] is listed for the domains that it concerns, by step, page by page', async () => {
    const conflict = await raised({ parties: [checkout, reliability] });
    await speak(conflict.id, one);
    const found = async (as: string, query = ''): Promise<string[]> => {
      const ids: string[] = [];
      let cursor = '';
      do {
        const { body, text } = await call('GET', `/conflicts?limit=3${query}${cursor}`, { as });
        expect(body.items, text).toBeDefined();
        ids.push(...body.items.map(({ id }: { id: string }) => id));
        cursor = body.next_cursor === undefined ? '' : `&cursor=${body.next_cursor}`;
      } while (cursor !== '');
      return ids;
    };
    for (const as of [one, memberOf('reliability'), enterpriseOrchestrator])
      expect(await found(as)).toContain(conflict.id);
    expect(await found(enterpriseOrchestrator, '&domain=operations&step=perspectives')).toContain(conflict.id);
    expect(await found(enterpriseOrchestrator, '&domain=operations&step=options')).not.toContain(conflict.id);
    expect(await found(enterpriseOrchestrator, '&domain=platform')).not.toContain(conflict.id);
    expect(await found(memberOf('security'), '&domain=product')).toEqual([]);
    const hidden = await call('GET', `/conflicts/${conflict.id}`, { as: memberOf('security') });
    expect(hidden).toMatchObject({ status: 404, body: { code: 'NotFound' } });
  });
});

describe('the steps', () => {
  it('[CNF-2] come in their order: no interests and no options before all perspectives', async () => {
    const { id } = await raised();
    for (const early of [await need(id, one), await propose(id, one), await agreeTo(id, one)]) {
      expect(early).toMatchObject({ status: 409, body: { code: 'PerspectivesMissing' } });
    }
    expect(await speak(id, one)).toMatchObject({ status: 201, body: { step: 'perspectives' } });
    expect(await propose(id, other)).toMatchObject({ status: 409, body: { code: 'PerspectivesMissing' } });
    expect(await resolve(id, product)).toMatchObject({ status: 409, body: { code: 'PerspectivesMissing' } });
    expect(await speak(id, one)).toMatchObject({ status: 409, body: { code: 'AlreadySpoken' } });
    const last = await speak(id, other, { evidence: ['dec_1', 'https://example.com/plan'] });
    expect(last).toMatchObject({ status: 201, body: { step: 'interests', turn: 1, silent: [] } });
    expect(await propose(id, one)).toMatchObject({ status: 409, body: { code: 'PerspectivesMissing' } });
    expect(await need(id, other)).toMatchObject({ status: 201, body: { step: 'interests' } });
    expect(await need(id, one)).toMatchObject({ status: 201, body: { step: 'options', turn: 2 } });
    expect(await speak(id, one)).toMatchObject({ status: 409, body: { code: 'AlreadySpoken' } });
    expect(await propose(id, one, { serves: ['What both need'] })).toMatchObject({ status: 201 });
    expect(await resolve(id, product)).toMatchObject({ status: 409, body: { code: 'StepOutOfOrder' } });
    expect(await kindsFor(id, other)).toEqual(['conflict_turn', 'conflict_turn', 'conflict_opened']);
    expect(await stepsOf(id)).toEqual(['identified', 'perspectives', 'interests', 'options']);
  });

  it('[CNF-2] are for those who speak for a party', async () => {
    const conflict = await raised();
    const { id } = conflict;
    for (const as of [memberOf('checkout', 1), product, board]) {
      expect(await speak(id, as), as).toMatchObject({ status: 403, body: { code: 'NotAParty' } });
    }
    expect(await speak(id, one, { party: 'catalog' })).toMatchObject({ status: 403, body: { code: 'NotAParty' } });
    expect(await speak(id, memberOf('security'))).toMatchObject({ status: 404 });
    expect((await conflictOf(id, one)).perspectives).toEqual([]);
  });
});

describe('the end', () => {
  it('[CNF-3] by agreement is documented: an entry, a knowledge item, and all are told', async () => {
    const { id } = await raised({ related_tasks: ['TASK-8', 'TASK-9'] }, product);
    await atOptions(await conflictOf(id, one));
    await propose(id, one, { serves: ['No day is lost'] });
    await propose(id, other, { title: 'Two environments', description: 'Pay for another one.' });
    expect(await agreeTo(id, one, 'opt_3')).toMatchObject({ status: 404 });
    expect(await agreeTo(id, one, 'opt_2')).toMatchObject({ status: 201, body: { step: 'options' } });
    expect(await agreeTo(id, one, 'opt_2')).toMatchObject({ status: 409, body: { code: 'AlreadySpoken' } });
    expect(await agreeTo(id, other, 'opt_1')).toMatchObject({ status: 201, body: { step: 'options' } });
    const end = await agreeTo(id, one, 'opt_1');
    expect(end, end.text).toMatchObject({ status: 201, body: { step: 'documented', due_at: null } });
    const { resolution } = end.body;
    expect(resolution).toMatchObject({
      by: 'agreement',
      option_id: 'opt_1',
      options_considered: ['By turns', 'Two environments'],
      perspectives: [{ party: 'checkout' }, { party: 'catalog' }],
      dissent: [],
      level: null,
    });
    expect(new Set(resolution.decided_by)).toEqual(new Set([one, other]));
    const entry = (await itemsOf(`conflict/${id}`)).at(-1);
    expect(entry).toMatchObject({
      id: resolution.entry_id,
      action_type: 'decision',
      retention: 'significant',
      related_tasks: ['TASK-8', 'TASK-9'],
      details: {
        context: expect.stringContaining(`How ${other} sees it`),
        options_considered: ['By turns', 'Two environments'],
        decision: resolution.decision,
        reasoning: expect.stringContaining('No day is lost'),
        outcome: 'documented',
      },
      event: { type: 'orchestra.conflict.resolved.v1', data: { knowledge_id: resolution.knowledge_id } },
    });
    for (const told of [one, other, product]) expect((await kindsFor(id, told))[0]).toBe('conflict_resolved');
    const known = await call('GET', `/resolutions/${resolution.knowledge_id}`, { as: memberOf('security') });
    expect(known.body, known.text).toMatchObject({
      kind: 'decision',
      domains: ['product'],
      topic: 'resource',
      decision: resolution.decision,
      source: { conflict_id: id, entry_id: resolution.entry_id },
    });
    const { body: newest } = await call('GET', '/resolutions?domain=product&limit=1', { as: one });
    expect(newest.items).toMatchObject([{ id: resolution.knowledge_id }]);
    const { body: all } = await call('GET', '/resolutions?limit=1', { as: one });
    expect(all.items).toMatchObject([{ id: resolution.knowledge_id }]);
    for (const late of [
      await speak(id, other),
      await propose(id, one),
      await agreeTo(id, one),
      await resolve(id, product),
    ])
      expect(late).toMatchObject({ status: 409, body: { code: 'ConflictClosed' } });
    const { body: open } = await call('GET', '/conflicts?domain=product&limit=100', { as: one });
    expect(open.items.map((item: { id: string }) => item.id)).not.toContain(id);
    expect(await stepsOf(id)).toEqual(['identified', 'perspectives', 'interests', 'options', 'documented']);
    expect((await itemsOf(`resolution/${resolution.knowledge_id}`)).map(({ sequence }) => sequence)).toEqual([1]);
  });

  it('[CNF-3] lets the same matter be raised anew', async () => {
    const first = await raised();
    await atOptions(first);
    await propose(first.id, one);
    await agreeTo(first.id, one);
    await agreeTo(first.id, other);
    const second = await raised({ subject: first.subject });
    expect(second.id).not.toBe(first.id);
    expect(await eventsOf(second.id)).toEqual(['identified']);
  });
});

describe('all of it', () => {
  it('[AUD-2] after all of them the whole state agrees with the whole ledger', async () => {
    const { compared, found } = await discrepancies();
    expect(compared).toBeGreaterThan(20);
    expect(found).toEqual([]);
  });
});
