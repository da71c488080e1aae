import { randomUUID } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { escalated, messagesAbout, redeem, voteOn } from '../support/approvals.ts';
import { discrepancies } from '../support/consistency.ts';
import { authorityHere } from '../support/in-process.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator, humansWith, humanWith, orchestratorOf } from '../support/organization.ts';
import { ask } from '../support/slices.ts';
import { togetherClient } from '../support/together.ts';
import { call, clientIdOf, importExample, tokenOf, world } from '../support/world.ts';

const agent = agentOf('product').id;
const other = agentOf('product', 1).id;
const domain = orchestratorOf('product');
const board = humanWith('board_member');
const secondMember = humansWith('board_member')[1] ?? '';

const typesOf = async (subject: string): Promise<string[]> =>
  (await itemsOf(subject)).map(({ event }) => event.type.replace(/^orchestra\.|\.v1$/g, ''));

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('a vote', () => {
  it('[APR-2] binds the very request: another digest is 409 and changes nothing', async () => {
    const asked = await escalated({ as: agent });
    const reply = await voteOn(asked, domain, 'approve', { request_digest: `sha256:${'0'.repeat(64)}` });
    expect(reply).toMatchObject({ status: 409, body: { code: 'DigestMismatch' } });
    expect(await typesOf(`escalation/${asked.escalation.id}`)).toEqual(['escalation.opened']);
  });

  it('[APR-3] is not the requester’s own, nor that of a level or domain that does not decide', async () => {
    const asked = await escalated({ as: domain, type: 'budget_allocation' });
    expect(await voteOn(asked, domain)).toMatchObject({ status: 403, body: { code: 'OwnRequest' } });
    const strangers = [orchestratorOf('platform'), humanWith('auditor')];
    for (const as of strangers) {
      expect(await voteOn(asked, as), as).toMatchObject({ status: 403, body: { code: 'NotThisLevel' } });
    }
    const below = await escalated({ as: agent });
    expect(await voteOn(below, orchestratorOf('platform'))).toMatchObject({
      status: 403,
      body: { code: 'NotThisLevel' },
    });
    expect(await typesOf(`escalation/${asked.escalation.id}`)).toEqual(['escalation.opened']);
  });

  it('[APR-4] of the level that decides, or one above, ends the matter; the requester is told once', async () => {
    for (const [voter, vote, state] of [
      [domain, 'approve', 'approved'],
      [enterpriseOrchestrator, 'reject', 'rejected'],
      [board, 'return', 'returned'],
    ] as const) {
      const asked = await escalated({ as: agent });
      const subject = `escalation/${asked.escalation.id}`;
      const reply = await voteOn(asked, voter, vote);
      expect(reply.status, reply.text).toBe(201);
      expect(reply.body).toMatchObject({ state, version: 2, votes: [{ voter, vote }] });
      expect(await typesOf(subject)).toEqual(['escalation.opened', `escalation.${state}`]);
      expect(await messagesAbout(subject, agent)).toMatchObject([
        { kind: 'escalation_ended', approval: { state, reason: 'Seen and weighed.' }, acknowledged_at: null },
      ]);
      const seen = await call('GET', `/decisions/${asked.decision.id}`, { as: agent });
      expect(seen.body).toMatchObject({ verdict: 'escalated', approval: { state } });
      expect(await voteOn(asked, board)).toMatchObject({ status: 409, body: { code: 'EscalationClosed' } });
    }
  });

  it('[APR-3] [AUT-6] takes as many people as the type says; the proposer counts, and cannot vote', async () => {
    const resource = { type: 'matrix', id: 'f'.repeat(64) };
    const byPerson = await escalated({ as: board, type: 'matrix_change', more: { resource } });
    expect(byPerson.escalation).toMatchObject({ deciding_level: 'board', terms: { quorum: 1, people_only: true } });
    expect(await voteOn(byPerson, board)).toMatchObject({ status: 403, body: { code: 'OwnRequest' } });
    expect(await voteOn(byPerson, enterpriseOrchestrator)).toMatchObject({
      status: 403,
      body: { code: 'NotThisLevel' },
    });
    expect((await voteOn(byPerson, secondMember)).body).toMatchObject({ state: 'approved' });
    const byMachine = await escalated({ as: enterpriseOrchestrator, type: 'matrix_change', more: { resource } });
    const first = await voteOn(byMachine, board);
    expect(first.body).toMatchObject({ state: 'open', terms: { quorum: 2 }, votes: [{ voter: board }] });
    expect(await voteOn(byMachine, board)).toMatchObject({ status: 409, body: { code: 'AlreadyVoted' } });
    const subject = `escalation/${byMachine.escalation.id}`;
    expect(await messagesAbout(subject, enterpriseOrchestrator)).toMatchObject([]);
    expect((await voteOn(byMachine, secondMember)).body).toMatchObject({ state: 'approved', version: 3 });
    expect(await typesOf(subject)).toEqual(['escalation.opened', 'escalation.voted', 'escalation.approved']);
  });

  it('[APR-3] [AUT-6] of two names with one credential is one person’s', async () => {
    const id = `hum_double_${Date.now().toString(36)}`;
    const client_id = clientIdOf('operator');
    for (const one of [`${id}_a`, `${id}_b`]) {
      const body = { kind: 'human', id: one, name: 'Double', client_id, roles: ['board_member'] };
      expect(await call('POST', '/principals', { as: board, body })).toMatchObject({ status: 201 });
    }
    const token = await tokenOf('operator');
    const vote = ({ escalation }: { escalation: { id: string; request_digest: string } }, as: string) => {
      const { id: about, request_digest } = escalation;
      const body = { vote: 'approve', reason: 'Yes.', request_digest };
      return call('POST', `/escalations/${about}/votes`, { as, token, body });
    };
    const more = { resource: { type: 'matrix', id: 'c'.repeat(64) } };
    const asked = await escalated({ as: enterpriseOrchestrator, type: 'matrix_change', more });
    expect(await vote(asked, `${id}_a`)).toMatchObject({ status: 201, body: { state: 'open' } });
    expect(await vote(asked, `${id}_b`)).toMatchObject({ status: 409, body: { code: 'AlreadyVoted' } });
    const proposal = { ...asked.proposal, summary: 'By a double' };
    const own = await call('POST', '/decisions', { as: `${id}_a`, token, body: proposal });
    const { body: escalation } = await call('GET', `/escalations/${own.body.escalation_id}`, { as: board });
    expect(await vote({ escalation }, `${id}_b`)).toMatchObject({ status: 403, body: { code: 'OwnRequest' } });
  });

  it('[APR-3] of many at once closes once', async () => {
    const asked = await escalated({ as: agent });
    const voters = [domain, enterpriseOrchestrator, board, secondMember];
    const replies = await Promise.all(voters.map((as) => voteOn(asked, as)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(3);
    expect(await typesOf(`escalation/${asked.escalation.id}`)).toEqual(['escalation.opened', 'escalation.approved']);
    expect(await messagesAbout(`escalation/${asked.escalation.id}`, agent)).toHaveLength(1);
  });
});

describe('a redemption', () => {
  const approved = async () => {
    const asked = await escalated({ as: agent });
    expect(await voteOn(asked, domain)).toMatchObject({ status: 201 });
    return asked;
  };

  it('[APR-2] [AUT-5] makes the decision an allowed one, with a receipt and its outcome due', async () => {
    const asked = await approved();
    const reply = await redeem(asked, agent);
    expect(reply.status, reply.text).toBe(200);
    expect(reply.body).toMatchObject({ verdict: 'allowed', version: 2, approval: { state: 'approved' } });
    expect(reply.body.outcome_due_at).not.toBeNull();
    const jwks = await (await fetch(`${world().url}/v1/jwks.json`)).json();
    const keys = createLocalJWKSet(jwks as Parameters<typeof createLocalJWKSet>[0]);
    const { payload } = await jwtVerify(reply.body.receipt, keys, { audience: 'orchestra-tools' });
    expect(payload).toMatchObject({ sub: agent, jti: asked.decision.id, entry_id: reply.body.entry_id });
    const entries = await itemsOf(`decision/${asked.decision.id}`);
    expect(entries.map(({ sequence, event }) => [sequence, event.type])).toEqual([
      [1, 'orchestra.decision.escalated.v1'],
      [2, 'orchestra.decision.redeemed.v1'],
    ]);
    expect(entries[1]?.id).toBe(reply.body.entry_id);
    const outcome = { result: 'succeeded', summary: 'Done.' };
    const path = `/decisions/${asked.decision.id}/outcome`;
    expect(await call('POST', path, { as: agent, body: outcome })).toMatchObject({ status: 200 });
  });

  it('[APR-2] of a request with one byte changed is 409 and redeems nothing', async () => {
    const asked = await approved();
    const summary = `${String(asked.proposal.summary)}.`;
    const reply = await redeem(asked, agent, { ...asked.proposal, summary });
    expect(reply).toMatchObject({ status: 409, body: { code: 'ApprovalMismatch' } });
    const elsewhere = { ...asked.proposal, resource: { type: 'service', id: 'checkout-apj' } };
    expect(await redeem(asked, agent, elsewhere)).toMatchObject({ body: { code: 'ApprovalMismatch' } });
    expect(await itemsOf(`decision/${asked.decision.id}`)).toHaveLength(1);
    expect(await redeem(asked, agent)).toMatchObject({ status: 200 });
  });

  it('[APR-2] belongs to the proposer, and to an approved request only', async () => {
    const asked = await escalated({ as: agent });
    expect(await redeem(asked, agent)).toMatchObject({ status: 409, body: { code: 'ApprovalMissing' } });
    expect(await voteOn(asked, domain, 'reject')).toMatchObject({ status: 201 });
    expect(await redeem(asked, agent)).toMatchObject({ status: 409, body: { code: 'ApprovalMissing' } });
    const mine = await approved();
    expect(await redeem(mine, other)).toMatchObject({ status: 404 });
    expect(await redeem(mine, domain)).toMatchObject({ status: 403, body: { code: 'NotTheDecider' } });
  });

  it('[APR-2] by 50 at once, each decided before any is written, succeeds once', async () => {
    const asked = await approved();
    const handler = await authorityHere({ client: togetherClient(50) });
    const path = `/decisions/${asked.decision.id}/redemption`;
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => ask(handler, 'POST', path, { as: agent, body: asked.proposal })),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    const others = replies.filter(({ status }) => status !== 200).map(({ status, body }) => `${status} ${body.code}`);
    expect(others).toEqual(Array(49).fill('409 AlreadyRedeemed'));
    expect(await itemsOf(`decision/${asked.decision.id}`)).toHaveLength(2);
  });
});

describe('an inbox', () => {
  it('[APR-4] is read by its owner and those above, and acknowledged by its owner once', async () => {
    const asked = await escalated({ as: agent });
    const cancelled = await call('POST', `/escalations/${asked.escalation.id}/cancellation`, {
      as: agent,
      body: { reason: `Not needed any more ${randomUUID()}` },
    });
    expect(cancelled.body, cancelled.text).toMatchObject({ state: 'cancelled' });
    const [message] = await messagesAbout(`escalation/${asked.escalation.id}`, agent);
    for (const as of [domain, enterpriseOrchestrator, board]) {
      const { body } = await call('GET', `/agents/${agent}/inbox?unread=true&limit=100`, { as });
      expect(body.items.map(({ id }: { id: string }) => id)).toContain(message.id);
    }
    for (const as of [other, orchestratorOf('platform')]) {
      expect(await call('GET', `/agents/${agent}/inbox`, { as }), as).toMatchObject({ status: 404 });
    }
    const path = `/agents/${agent}/inbox/${message.id}/acknowledgement`;
    expect(await call('POST', path, { as: domain })).toMatchObject({ status: 403, body: { code: 'NotTheRecipient' } });
    expect(await call('POST', path, { as: agent })).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await call('POST', path, { as: agent })).toMatchObject({
      status: 409,
      body: { code: 'MessageAcknowledged' },
    });
    const { body } = await call('GET', `/agents/${agent}/inbox?unread=true&limit=100`, { as: agent });
    expect(body.items.map(({ id }: { id: string }) => id)).not.toContain(message.id);
    expect(await typesOf(`message/${agent}/${message.id}`)).toEqual(['message.delivered', 'message.acknowledged']);
  });

  it('[AUD-2] after all of them the whole state agrees with the whole ledger', async () => {
    const { compared, found } = await discrepancies();
    expect(compared).toBeGreaterThan(20);
    expect(found).toEqual([]);
  });
});
