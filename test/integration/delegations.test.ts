import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { breakGlassStore } from '../../functions/approvals/break-glass-store.ts';
import { tellOfReviews } from '../../functions/approvals/operations/tell-of-reviews.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { digestOf } from '../../functions/shared/digest.ts';
import { escalated, messagesAbout, redeem, voteOn } from '../support/approvals.ts';
import { discrepancies } from '../support/consistency.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator, humansWith, humanWith, orchestratorOf } from '../support/organization.ts';
import { subscribeTo } from '../support/queues.ts';
import { approvalsHere, ask, coreHere } from '../support/slices.ts';
import { call, clientIdOf, importExample, type Reply, world } from '../support/world.ts';

const agent = agentOf('product').id;
const domain = orchestratorOf('product');
const deputy = orchestratorOf('platform');
const board = humanWith('board_member');
const operator = humanWith('operator');
const run = Date.now().toString(36);
const second = humansWith('board_member')[1] ?? '';
const day = 86_400;
const inDays = (days: number): string => addSeconds(new Date(), days * day).toISOString();

const typesOf = async (subject: string): Promise<string[]> =>
  (await itemsOf(subject)).map(({ event }) => event.type.replace(/^orchestra\.|\.v1$/g, ''));
const delegate = (as: string, to: string, more: Record<string, unknown> = {}): Promise<Reply> =>
  call('POST', '/delegations', { as, body: { to, types: ['scope_change'], expires_at: inDays(5), ...more } });

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('a delegation', () => {
  it('[APR-3] lets the delegate vote with the delegator’s authority, until it is revoked', async () => {
    const given = await delegate(domain, deputy);
    expect(given.status, given.text).toBe(201);
    const delegation_id = given.body.id;
    const first = await escalated({ as: agent });
    expect(await voteOn(first, deputy)).toMatchObject({ status: 403, body: { code: 'NotThisLevel' } });
    const voted = await voteOn(first, deputy, 'approve', { delegation_id });
    expect(voted.body, voted.text).toMatchObject({
      state: 'approved',
      votes: [{ voter: deputy, authority: domain, path: [domain], delegation_id }],
    });
    expect(await call('POST', `/delegations/${delegation_id}/revocation`, { as: domain })).toMatchObject({
      status: 200,
      body: { state: 'revoked', version: 2 },
    });
    const later = await escalated({ as: agent });
    const refused = await voteOn(later, deputy, 'approve', { delegation_id });
    expect(refused).toMatchObject({ status: 403, body: { code: 'DelegationRefused' } });
    expect(await typesOf(`delegation/${delegation_id}`)).toEqual(['delegation.given', 'delegation.revoked']);
  });

  it('[APR-3] is worth nothing for another type, for somebody else, or once its delegator is stopped', async () => {
    const id = `orc_short_${run}`;
    const client_id = clientIdOf('orchestration');
    const body = { kind: 'enterprise_orchestrator', id, name: 'Short', client_id };
    const made = await call('POST', '/principals', { as: operator, body });
    expect(made.status, made.text).toBe(201);
    const { body: given } = await delegate(id, deputy);
    const asked = await escalated({ as: agent });
    expect(await voteOn(asked, orchestratorOf('operations'), 'approve', { delegation_id: given.id })).toMatchObject({
      body: { code: 'DelegationRefused' },
    });
    const other = await escalated({ as: agent, type: 'resource_request' });
    expect(await voteOn(other, deputy, 'approve', { delegation_id: given.id })).toMatchObject({
      body: { code: 'DelegationRefused' },
    });
    const stopped = await call('PATCH', `/principals/${id}`, {
      as: operator,
      headers: { 'if-match': made.headers.get('etag') ?? '' },
      body: { status: 'contained' },
    });
    expect(stopped.status, stopped.text).toBe(200);
    expect(await voteOn(asked, deputy, 'approve', { delegation_id: given.id })).toMatchObject({
      status: 403,
      body: { code: 'DelegationRefused' },
    });
  });

  it('[APR-3] keeps whoever delegated to the requester from approving, named in the request or not', async () => {
    const given = await delegate(enterpriseOrchestrator, agent);
    expect(given.status, given.text).toBe(201);
    const named = await escalated({ as: agent, more: { acting_for: given.body.id } });
    expect(named.escalation.chain).toEqual([enterpriseOrchestrator]);
    const unnamed = await escalated({ as: agent });
    for (const asked of [named, unnamed]) {
      expect(await voteOn(asked, enterpriseOrchestrator)).toMatchObject({ status: 403, body: { code: 'OwnRequest' } });
    }
    const strange = await call('POST', '/decisions', {
      as: agentOf('product', 1).id,
      body: { ...named.proposal, acting_for: given.body.id },
    });
    expect(strange).toMatchObject({ status: 403, body: { code: 'DelegationRefused' } });
    expect(await voteOn(named, board)).toMatchObject({ status: 201, body: { state: 'approved' } });
    await call('POST', `/delegations/${given.body.id}/revocation`, { as: enterpriseOrchestrator });
    expect(await voteOn(unnamed, enterpriseOrchestrator)).toMatchObject({ body: { code: 'OwnRequest' } });
  });

  it('[APR-3] is passed on in part, never in more', async () => {
    const { body: parent } = await delegate(board, enterpriseOrchestrator, { max_cost_micro_usd: 100 });
    const more = { parent: parent.id, max_cost_micro_usd: 101, expires_at: parent.expires_at };
    expect(await delegate(enterpriseOrchestrator, deputy, more)).toMatchObject({
      status: 422,
      body: { code: 'DelegationTooWide', errors: [{ pointer: '/body/max_cost_micro_usd' }] },
    });
    const part = await delegate(enterpriseOrchestrator, deputy, { ...more, max_cost_micro_usd: 100 });
    expect(part.body, part.text).toMatchObject({ path: [board, enterpriseOrchestrator], ancestors: [parent.id] });
    const listed = await call('GET', '/delegations?which=had', { as: deputy });
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toContain(part.body.id);
  });
});

describe('break-glass', () => {
  const reason = 'The only other member of the board cannot be reached.';
  const breakGlass = ({ escalation }: Awaited<ReturnType<typeof escalated>>, as = board): Promise<Reply> =>
    call('POST', '/break-glass', {
      as,
      body: { escalation_id: escalation.id, request_digest: escalation.request_digest, reason, minutes: 15 },
    });

  it('[APR-3] approves one’s own request at once, pages, and opens a review that another must close', async () => {
    const paged = await subscribeTo(world().output('TopicPage'));
    const asked = await escalated({ as: enterpriseOrchestrator, type: 'strategic_change' });
    expect(await breakGlass(asked)).toMatchObject({ status: 409, body: { code: 'BreakGlassNotNeeded' } });
    expect(await breakGlass(asked, humanWith('auditor'))).toMatchObject({ status: 403, body: { code: 'RoleMissing' } });
    const used = await breakGlass(asked, operator);
    expect(used.status, used.text).toBe(201);
    const { body } = await call('GET', `/escalations/${asked.escalation.id}`, { as: board });
    expect(body).toMatchObject({ state: 'approved', break_glass_id: used.body.id, votes: [] });
    expect(Date.parse(body.approval_expires_at) - Date.parse(used.body.used_at)).toBe(15 * 60_000);
    expect(await messagesAbout(`escalation/${asked.escalation.id}`, enterpriseOrchestrator)).toHaveLength(1);
    expect(await redeem(asked, enterpriseOrchestrator)).toMatchObject({ status: 200, body: { verdict: 'allowed' } });
    const [page] = await paged.until(1, (text) => text.includes(used.body.id));
    expect(page).toContain(`${operator} approved ${asked.escalation.id} alone`);
    const path = `/break-glass/${used.body.id}/closure`;
    const closure = { finding: 'It was so.', verdict: 'justified' };
    expect(await call('POST', path, { as: operator, body: closure })).toMatchObject({ body: { code: 'OwnReview' } });
    expect(await call('POST', path, { as: second, body: closure })).toMatchObject({ body: { state: 'closed' } });
    expect(await call('POST', path, { as: second, body: closure })).toMatchObject({ body: { code: 'ReviewClosed' } });
    expect(await typesOf(`break-glass/${used.body.id}`)).toEqual(['break-glass.used', 'break-glass.reviewed']);
  });

  it('[APR-3] [AUT-6] cannot change what governs', async () => {
    const more = { resource: { type: 'matrix', id: 'b'.repeat(64) } };
    const asked = await escalated({ as: board, type: 'matrix_change', more });
    expect(await breakGlass(asked)).toMatchObject({ status: 403, body: { code: 'BreakGlassRefused' } });
    expect(await typesOf(`escalation/${asked.escalation.id}`)).toEqual(['escalation.opened']);
  });

  it('[APR-3] is told of each day once its review is overdue, and is refused to whoever left it open', async () => {
    const asked = await escalated({ as: enterpriseOrchestrator, type: 'strategic_change' });
    const past = await approvalsHere({ now: () => addSeconds(new Date(), -10 * day) });
    const { id: escalation_id, request_digest } = asked.escalation;
    const body = { escalation_id, request_digest, reason, minutes: 15 };
    const used = await ask(past, 'POST', '/break-glass', { as: operator, runtime: 'operator', body });
    expect(used, JSON.stringify(used.body)).toMatchObject({ status: 201 });
    const { commit, state } = await coreHere();
    const deps = { reviews: breakGlassStore(state), commit };
    for (const days of [-4, -2.9, -2.5, -1.8]) await tellOfReviews(deps, addSeconds(new Date(), days * day));
    const subject = `break-glass/${used.body.id}`;
    expect((await typesOf(subject)).slice(1)).toEqual(['break-glass.overdue', 'break-glass.overdue']);
    expect(await redeem(asked, enterpriseOrchestrator)).toMatchObject({
      status: 409,
      body: { code: 'ApprovalExpired' },
    });
    const next = await escalated({ as: enterpriseOrchestrator, type: 'strategic_change' });
    expect(await breakGlass(next, operator)).toMatchObject({ status: 409, body: { code: 'ReviewOpen' } });
    const closure = { finding: 'He should have waited.', verdict: 'unjustified' };
    const path = `/break-glass/${used.body.id}/closure`;
    expect(await call('POST', path, { as: board, body: closure })).toMatchObject({ status: 200 });
    expect(await breakGlass(next, operator)).toMatchObject({ status: 201 });
  });
});

describe('the matrix', () => {
  it('[AUT-6] changes by a decision about these very rows, of two people, once', async () => {
    const { body: matrix, headers } = await call('GET', '/matrix', { as: board });
    const rows = matrix.rows.map((row: { type: string }) =>
      row.type === 'strategic_change' ? { ...row, retention: 'compliance', approval: terms(randomUUID()) } : row,
    );
    const etag = headers.get('etag') ?? '';
    const put = (decision_id: string, body = rows, version = etag): Promise<Reply> =>
      call('PUT', '/matrix', { as: board, headers: { 'if-match': version }, body: { rows: body, decision_id } });
    const more = { resource: { type: 'matrix', id: digestOf(rows) } };
    const asked = await escalated({ as: board, type: 'matrix_change', more });
    expect(await put(asked.decision.id)).toMatchObject({ status: 409, body: { code: 'MandateMissing' } });
    expect(await voteOn(asked, second)).toMatchObject({ status: 201 });
    expect(await redeem(asked, board)).toMatchObject({ status: 200 });
    const others = rows.slice(1);
    expect(await put(asked.decision.id, others)).toMatchObject({ status: 409, body: { code: 'MandateMissing' } });
    const alone = rows.map((row: Reply['body']) => ({ ...row, people: undefined }));
    expect(await put(asked.decision.id, alone)).toMatchObject({ status: 422, body: { code: 'MatrixInvalid' } });
    const changed = await put(asked.decision.id);
    expect(changed.body, changed.text).toMatchObject({ version: matrix.version + 1 });
    const again = await put(asked.decision.id, rows, `"v${matrix.version + 1}"`);
    expect(again).toMatchObject({ status: 409, body: { code: 'MandateMissing' } });
    expect(await typesOf(`decision/${asked.decision.id}`)).toEqual([
      'decision.escalated',
      'decision.redeemed',
      'outcome.recorded',
    ]);
    expect((await typesOf('matrix/active')).at(-1)).toBe('matrix.changed');
  });

  const terms = (seed: string) => {
    const low = 1_000 + (Number.parseInt(seed.slice(0, 6), 16) % 100_000);
    return { quorum: 1, seconds: { low, normal: 900, high: 600, critical: 300 } };
  };

  it('[APR-2] that changed since a request was made makes its approval stale', async () => {
    const asked = await escalated({ as: agent });
    expect(await voteOn(asked, domain)).toMatchObject({ status: 201 });
    const { body: matrix, headers } = await call('GET', '/matrix', { as: board });
    const more = { resource: { type: 'matrix', id: digestOf(matrix.rows) } };
    const mandate = await escalated({ as: board, type: 'matrix_change', more });
    expect(await voteOn(mandate, second)).toMatchObject({ status: 201 });
    expect(await redeem(mandate, board)).toMatchObject({ status: 200 });
    const body = { rows: matrix.rows, decision_id: mandate.decision.id };
    const put = { as: board, headers: { 'if-match': headers.get('etag') ?? '' }, body };
    expect(await call('PUT', '/matrix', put)).toMatchObject({ status: 200 });
    expect(await redeem(asked, agent)).toMatchObject({ status: 409, body: { code: 'ApprovalStale' } });
  });

  it('[AUD-2] after all of them the whole state agrees with the whole ledger', async () => {
    const { compared, found } = await discrepancies();
    expect(compared).toBeGreaterThan(10);
    expect(found).toEqual([]);
  });
});
