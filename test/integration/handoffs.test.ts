import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageParts } from '../../functions/handoffs/contract.ts';
import { messagesAbout } from '../support/approvals.ts';
import {
  handoffOf,
  inHours,
  offered,
  opened,
  parties,
  step,
  typesOf,
  walkedThrough,
  wholePackage,
} from '../support/handoffs.ts';
import { refusalsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { provenEntry } from '../support/sealed.ts';
import { aTask, taskOf } from '../support/tasks.ts';
import { call, importExample, type Reply } from '../support/world.ts';

const operator = humanWith('operator');
const kindsFor = async (id: string, owner: string): Promise<string[]> =>
  (await messagesAbout(`handoff/${id}`, owner)).map(({ kind }) => kind as string);
const pointers = ({ body }: Reply): string[] => body.errors.map(({ pointer }: { pointer: string }) => pointer);

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('a handoff', () => {
  it('[HND-1] goes from its preparation to the meeting, the transfer and the support window, and is closed', async () => {
    const given = await parties();
    const { giver, taker, tasks } = given;
    const handoff = await opened(given, { prerequisites: [{ name: 'access', description: 'The repository' }] });
    const { id } = handoff;
    expect(handoff.body).toMatchObject({ phase: 'prepare', version: 1, opened_by: giver, assignee: taker });
    expect(handoff.body.from).toEqual({ domain: 'product', team: given.from.team });
    expect(handoff.body.to).toEqual({ domain: 'platform', team: given.to.team, recipient: taker });
    expect(await kindsFor(id, taker)).toEqual(['handoff_prepared']);
    for (const task of tasks) expect(await taskOf(task)).toMatchObject({ handoff_id: id, team: given.from.team });
    expect(await step(id, 'prerequisites/access/evidence', giver, { evidence: 'Granted on Monday' })).toMatchObject({
      body: { prerequisites: [{ name: 'access', met: true, met_by: giver }] },
    });
    expect(await step(id, 'offer', giver)).toMatchObject({ status: 200, body: { phase: 'meeting' } });
    expect(await kindsFor(id, taker)).toEqual(['handoff_offered', 'handoff_prepared']);
    expect(await step(id, 'questions', taker, { part: 'context', question: 'Since when?' })).toMatchObject({
      status: 201,
      body: { questions: [{ number: 1, part: 'context', routed_to: giver, due_at: null, phase: 'meeting' }] },
    });
    expect(await kindsFor(id, giver)).toEqual(['handoff_question']);
    expect(await step(id, 'questions/1/answer', giver, { answer: 'Since May.' })).toMatchObject({ status: 200 });
    for (const part of packageParts) await step(id, 'confirmations', taker, { part, understanding: 'I see.' });
    await step(id, 'expectations', taker, { text: 'The alarm is there by Friday.' });
    const taken = await step(id, 'acceptance', taker);
    expect(taken.status, taken.text).toBe(200);
    expect(taken.body).toMatchObject({ phase: 'support', delay: { since_offered_seconds: expect.any(Number) } });
    for (const task of tasks) {
      expect(await taskOf(task)).toMatchObject({
        team: given.to.team,
        domain: 'platform',
        assignee: taker,
        handoff_id: null,
        state: 'queued',
      });
    }
    expect(await step(id, 'closure', taker)).toMatchObject({ status: 200, body: { phase: 'closed', deadline: null } });
    expect(await typesOf(`handoff/${id}`)).toEqual([
      'opened',
      'changed',
      'offered',
      'question-asked',
      'question-answered',
      ...Array(6).fill('changed'),
      'accepted',
      'closed',
    ]);
    expect(await step(id, 'closure', taker)).toMatchObject({ status: 409, body: { code: 'HandoffClosed' } });
  });

  it('[HND-1] takes each step in its phase only', async () => {
    const given = await parties(1);
    const { giver, taker } = given;
    const { id } = await opened(given);
    const early: [string, string, unknown?][] = [
      ['acceptance', taker],
      ['confirmations', taker, { part: 'context', understanding: 'Yes' }],
      ['questions', taker, { question: 'Why?' }],
      ['closure', taker],
    ];
    for (const [path, as, body] of early)
      expect(await step(id, path, as, body), path).toMatchObject({ status: 409, body: { code: 'WrongPhase' } });
    await step(id, 'offer', giver);
    expect(await step(id, 'offer', giver)).toMatchObject({ status: 409, body: { code: 'WrongPhase' } });
    expect(await step(id, 'withdrawal', giver, { reason: 'Not now' })).toMatchObject({ status: 200 });
    for (const [path, as, body] of early)
      expect(await step(id, path, as, body), path).toMatchObject({ status: 409, body: { code: 'HandoffClosed' } });
    expect(await typesOf(`handoff/${id}`)).toEqual(['opened', 'offered', 'withdrawn']);
  });

  it('[HND-1] is opened by the team that owns the tasks, or above it, and for nobody else', async () => {
    const given = await parties(1);
    const body = { tasks: given.tasks, to: { team: given.to.team, recipient: given.taker } };
    const refused: [string, number, string][] = [
      [given.taker, 403, 'OutsideOwnTeam'],
      [orchestratorOf('platform'), 403, 'OutsideOwnDomain'],
      [humanWith('auditor'), 403, 'RoleMissing'],
    ];
    for (const [as, status, code] of refused)
      expect(await call('POST', '/handoffs', { as, body: { ...body, team: given.from.team } }), as).toMatchObject({
        status,
        body: { code },
      });
    expect(await refusalsOf(given.taker, 'OutsideOwnTeam')).toBe(1);
    const others = await aTask(given.to.team, {}, orchestratorOf('platform'));
    const foreign = { ...body, tasks: [...given.tasks, others] };
    expect(await call('POST', '/handoffs', { as: given.giver, body: foreign })).toMatchObject({
      status: 409,
      body: { code: 'TaskNotOwned', errors: [{ pointer: '/body/tasks/1' }] },
    });
    expect(await taskOf(given.tasks[0] ?? '')).toMatchObject({ handoff_id: null });
    expect(await call('POST', '/handoffs', { as: orchestratorOf('product'), body })).toMatchObject({ status: 201 });
    expect(await call('POST', '/handoffs', { as: given.giver, body })).toMatchObject({
      status: 409,
      body: { code: 'TaskInHandoff' },
    });
  });

  it('[HND-1] names each field that names nobody who could receive', async () => {
    const given = await parties(1);
    const asked = (more: object) =>
      call('POST', '/handoffs', {
        as: given.giver,
        body: { tasks: given.tasks, to: { team: given.to.team }, ...more },
      });
    const faults: [object, string][] = [
      [{ tasks: [`T-${randomUUID()}`] }, '/body/tasks/0'],
      [{ to: { team: 'no-such-team' } }, '/body/to/team'],
      [{ to: { team: given.from.team } }, '/body/to/team'],
      [{ to: { team: given.to.team, recipient: agentOf('product').id } }, '/body/to/recipient'],
      [{ to: { team: given.to.team, recipient: orchestratorOf('product') } }, '/body/to/recipient'],
      [{ assignee: given.giver }, '/body/assignee'],
      [{ meeting: { at: '2020-01-01T00:00:00Z' } }, '/body/meeting/at'],
      [{ meeting: { at: inHours(24 * 31) } }, '/body/meeting/at'],
    ];
    for (const [more, pointer] of faults) {
      const reply = await asked(more);
      expect(reply, pointer).toMatchObject({ status: 422, body: { code: 'InvalidFields', errors: [{ pointer }] } });
    }
    expect(await asked({})).toMatchObject({
      status: 201,
      body: { assignee: null, to: { recipient: orchestratorOf('platform') } },
    });
  });

  it('[HND-1] is seen by both sides and those above, and listed soonest deadline first', async () => {
    const given = await parties(2);
    const [first = '', second = ''] = given.tasks;
    const late = await opened({ ...given, tasks: [first] });
    const soon = await opened({ ...given, tasks: [second] }, { terms: { prepare_seconds: 3_600 } });
    const stranger = agentOf('operations').id;
    for (const as of [given.giver, given.taker, given.to.agents[1] ?? '', orchestratorOf('platform'), operator])
      expect(await handoffOf(late.id, as), as).toMatchObject({ id: late.id });
    for (const as of [stranger, orchestratorOf('operations')])
      expect(await call('GET', `/handoffs/${late.id}`, { as }), as).toMatchObject({ status: 404 });
    const listed = async (as: string, query: string) =>
      (await call('GET', `/handoffs?${query}`, { as })).body.items.map(({ id }: { id: string }) => id) as string[];
    expect(await listed(given.taker, '')).toEqual([soon.id, late.id]);
    expect(await listed(given.giver, 'side=handing')).toEqual([soon.id, late.id]);
    expect(await listed(stranger, `team=${given.to.team}`)).toEqual([]);
    const page = await call('GET', '/handoffs?limit=1', { as: given.taker });
    const next = await call('GET', `/handoffs?limit=1&cursor=${page.body.next_cursor}`, { as: given.taker });
    expect([page, next].map(({ body }) => body.items[0].id)).toEqual([soon.id, late.id]);
    await step(soon.id, 'withdrawal', given.giver, { reason: 'Done already' });
    expect(await listed(given.taker, '')).toEqual([late.id]);
    expect(await call('GET', '/handoffs', { as: operator })).toMatchObject({ status: 400 });
  });

  it('[HND-1] has its meeting as a calendar, which says when it is off', async () => {
    const given = await parties(1);
    const at = inHours(30);
    const { id } = await opened(given, {
      meeting: { at, agenda: ['The pool; then, the rest'] },
    });
    const calendar = await call('GET', `/handoffs/${id}/meeting.ics`, { as: given.taker });
    expect(calendar.headers.get('content-type')).toContain('text/calendar');
    const start = `${at.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
    expect(calendar.text).toContain(`DTSTART:${start}\r\n`);
    expect(calendar.text.replaceAll('\r\n ', '')).toContain(String.raw`1. The pool\; then\, the rest`);
    const moved = await call('PUT', `/handoffs/${id}/meeting`, {
      as: given.giver,
      body: { at: inHours(2) },
      headers: { 'if-match': '"v1"' },
    });
    expect(moved).toMatchObject({ status: 200, body: { version: 2, meeting: { sequence: 1, minutes: 30 } } });
    await step(id, 'withdrawal', given.giver, { reason: 'Done already' });
    const off = await call('GET', `/handoffs/${id}/meeting.ics`, { as: given.taker });
    expect(off.text).toContain('STATUS:CANCELLED');
    const without = await opened(given, { meeting: undefined });
    expect(await call('GET', `/handoffs/${without.id}/meeting.ics`, { as: given.taker })).toMatchObject({
      status: 404,
    });
  });
});

describe('the package', () => {
  it('[HND-2] that lacks anything is 422, and each part, prerequisite and the meeting that is missing is named', async () => {
    const given = await parties(1);
    const { id } = await opened(given, {
      package: {},
      meeting: undefined,
      prerequisites: [{ name: 'access' }, { name: 'budget' }],
    });
    await step(id, 'prerequisites/access/evidence', given.giver, { evidence: 'Granted' });
    const first = await step(id, 'offer', given.giver);
    expect(first).toMatchObject({ status: 422, body: { code: 'HandoffIncomplete' } });
    expect(pointers(first)).toEqual([
      ...packageParts.map((part) => `/package/${part}`),
      '/prerequisites/1',
      '/meeting',
    ]);
    const { contacts, ...rest } = wholePackage(given.giver);
    const change = (version: number, body: unknown) =>
      call('PUT', `/handoffs/${id}/package`, { as: given.giver, body, headers: { 'if-match': `"v${version}"` } });
    expect(await change(2, rest)).toMatchObject({ status: 200, body: { version: 3, package: { contacts: null } } });
    expect(await change(2, { contacts })).toMatchObject({ status: 412 });
    expect(pointers(await step(id, 'offer', given.giver))).toEqual([
      '/package/contacts',
      '/prerequisites/1',
      '/meeting',
    ]);
    expect(await change(3, { contacts })).toMatchObject({ status: 200 });
    await step(id, 'prerequisites/budget/evidence', given.giver, { evidence: 'Approved' });
    expect(pointers(await step(id, 'offer', given.giver))).toEqual(['/meeting']);
    expect(await handoffOf(id, given.giver)).toMatchObject({ phase: 'prepare', offered_at: null });
    expect(await typesOf(`handoff/${id}`)).toEqual(['opened', ...Array(4).fill('changed')]);
  });

  it('[HND-2] names key decisions that were recorded, by decision or by audit entry', async () => {
    const given = await parties(1);
    const made = await call('POST', '/decisions', { as: given.giver, body: aProposal('implementation_detail') });
    const { id: decision, entry_id: entry } = made.body;
    await provenEntry(entry, operator);
    const nothing = `dec_${randomUUID()}`;
    const unsealed = '01a2052e-8c7a-7169-8742-b4ce33e094d4';
    const pack = { ...wholePackage(given.giver), key_decisions: [decision, nothing, entry, unsealed] };
    const { id } = await opened(given, { package: pack });
    const refused = await step(id, 'offer', given.giver);
    expect(refused).toMatchObject({ status: 422, body: { code: 'HandoffIncomplete' } });
    expect(pointers(refused)).toEqual(['/package/key_decisions/1', '/package/key_decisions/3']);
    const body = { key_decisions: [decision, entry] };
    await call('PUT', `/handoffs/${id}/package`, { as: given.giver, body, headers: { 'if-match': '"v1"' } });
    expect(await step(id, 'offer', given.giver)).toMatchObject({ status: 200 });
  });

  it('[HND-2] that changes in the meeting has to be confirmed again', async () => {
    const given = await parties(1);
    const { id, body } = await walkedThrough(given);
    const changed = await call('PUT', `/handoffs/${id}/package`, {
      as: given.giver,
      body: { current_state: 'The alarm is there, too.', context: body.package.context },
      headers: { 'if-match': `"v${body.version}"` },
    });
    expect(changed.body.confirmations.map(({ part }: { part: string }) => part)).not.toContain('current_state');
    const early = await step(id, 'acceptance', given.taker);
    expect(early).toMatchObject({ status: 409, body: { code: 'MeetingUnfinished' } });
    expect(pointers(early)).toEqual(['/confirmations/current_state']);
    await step(id, 'confirmations', given.taker, { part: 'current_state', understanding: 'The alarm is there.' });
    expect(await step(id, 'acceptance', given.taker)).toMatchObject({ status: 200 });
  });
});

describe('the walk-through', () => {
  it('[HND-1] is finished when all parts are confirmed, questions answered and expectations agreed on', async () => {
    const given = await parties(1);
    const { giver, taker } = given;
    const { id } = await offered(given, { expectations: undefined });
    await step(id, 'questions', taker, { part: 'contacts', question: 'At night, too?' });
    await step(id, 'confirmations', taker, { part: 'context', understanding: 'I see.' });
    const early = await step(id, 'acceptance', taker);
    expect(pointers(early)).toEqual([
      ...packageParts.slice(1).map((part) => `/confirmations/${part}`),
      '/questions/0',
      '/expectations',
    ]);
    for (const part of packageParts) await step(id, 'confirmations', taker, { part, understanding: 'I see.' });
    expect(await step(id, 'questions/1/answer', giver, { answer: 'No.' })).toMatchObject({ status: 200 });
    expect(await step(id, 'questions/1/answer', giver, { answer: 'Yes.' })).toMatchObject({
      status: 409,
      body: { code: 'QuestionAnswered' },
    });
    await step(id, 'expectations', giver, { text: 'By Friday.' });
    await step(id, 'expectations', taker, { text: 'By Monday.' });
    expect(pointers(await step(id, 'acceptance', taker))).toEqual(['/expectations/handing']);
    expect(await step(id, 'expectations', giver, { text: 'By Monday.' })).toMatchObject({
      body: { expectations: { text: 'By Monday.', handing: giver, receiving: taker } },
    });
    expect(await step(id, 'acceptance', taker)).toMatchObject({ status: 200 });
  });

  it('[HND-1] has two sides: nobody speaks for the other one', async () => {
    const given = await parties(1);
    const { id } = await walkedThrough(given);
    const refused: [string, string, unknown?][] = [
      ['acceptance', given.giver],
      ['acceptance', given.to.agents[1] ?? ''],
      ['acceptance', orchestratorOf('platform')],
      ['acceptance', enterpriseOrchestrator],
      ['refusal', given.giver, { reason: 'No' }],
      ['confirmations', given.giver, { part: 'context', understanding: 'Yes' }],
      ['questions', given.giver, { question: 'Why?' }],
      ['withdrawal', given.taker, { reason: 'No' }],
      ['expectations', enterpriseOrchestrator, { text: 'By Friday.' }],
    ];
    for (const [path, as, body] of refused)
      expect(await step(id, path, as, body), `${path} as ${as}`).toMatchObject({
        status: 403,
        body: { code: 'NotAParty' },
      });
    expect(await refusalsOf(given.to.agents[1] ?? '', 'NotAParty')).toBe(1);
    expect(await handoffOf(id, given.giver)).toMatchObject({ phase: 'meeting' });
  });
});
