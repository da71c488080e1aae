import { beforeAll, describe, expect, it } from 'vitest';
import { raiseOf } from '../../functions/limits/change-model.ts';
import type { Quota } from '../../functions/limits/contract.ts';
import { scopeNamed } from '../../functions/limits/scopes-model.ts';
import { discrepancies } from '../support/consistency.ts';
import { aDayOf, aTeam, consuming, limitOf, setLimit } from '../support/limits.ts';
import { agentOf, enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { call, entriesOf, importExample, type Reply } from '../support/world.ts';

const product = orchestratorOf('product');
const platform = orchestratorOf('platform');
const board = humanWith('board_member');
const operator = humanWith('operator');

type Requested = { verdict?: string; type?: string };

/** Id of a decision about these quotas of a scope, with its verdict as it is expected. */
async function request(
  as: string,
  scope: string,
  quotas: Quota[],
  { verdict = 'allowed', type = 'resource_request' }: Requested = {},
): Promise<string> {
  const body = aProposal(type, { resource: { type: 'limit', id: raiseOf(scopeNamed(scope), quotas) } });
  const reply = await call('POST', '/decisions', { as, body });
  expect(reply.body.verdict, JSON.stringify(reply.body.reasons)).toBe(verdict);
  return reply.body.id;
}

/** A team with one agent whose limit is 100 tokens a day. */
async function limited(): Promise<{ agent: string; team: string; scope: string }> {
  const { team, agents } = await aTeam(1);
  const [agent = ''] = agents;
  const scope = `agent/${agent}`;
  expect(await setLimit(scope, product, aDayOf(100))).toMatchObject({ status: 200, body: { version: 1 } });
  return { agent, team, scope };
}

const mandateMissing = { status: 409, body: { code: 'MandateMissing' } };

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('raising a limit', () => {
  it('[LIM-3] takes an allowed `resource_request` about it, which serves once', async () => {
    const { agent, scope } = await limited();
    expect(await setLimit(scope, product, aDayOf(200))).toMatchObject(mandateMissing);
    const decision_id = await request(product, scope, aDayOf(200).toReversed());
    const raised = await setLimit(scope, product, aDayOf(200), { decision_id });
    expect(raised.status, raised.text).toBe(200);
    expect(raised.body).toMatchObject({ version: 2, set_by: scope, quotas: [{ amount: 200 }, {}] });
    expect(raised.headers.get('etag')).toBe('"v2"');
    expect(await setLimit(scope, product, aDayOf(199))).toMatchObject({ status: 200, body: { version: 3 } });
    const again = await setLimit(scope, product, aDayOf(200), { decision_id });
    expect(again).toMatchObject(mandateMissing);
    expect(again.body.detail).toContain('already');
    const { body } = await call('POST', '/decisions', { as: agent, body: consuming(150) });
    expect(body.verdict).toBe('allowed');
    const entries = await entriesOf(`limit/${scope}`);
    expect(entries.map(({ sequence, details }) => [sequence, details.reasoning])).toEqual([
      [1, 'Lowered, or as it was.'],
      [2, `Raised by ${decision_id}.`],
      [3, 'Lowered, or as it was.'],
    ]);
  });

  it('[LIM-3] goes as far as was decided, and no unit further', async () => {
    const { scope } = await limited();
    const decision_id = await request(product, scope, aDayOf(200));
    const further = await setLimit(scope, product, aDayOf(201), { decision_id });
    expect(further).toMatchObject(mandateMissing);
    expect(further.body.detail).toContain(`limit/${raiseOf(scopeNamed(scope), aDayOf(201))}`);
    expect((await setLimit(scope, product, aDayOf(200), { decision_id })).status).toBe(200);
  });

  it('[LIM-3] is not allowed by a decision that was given up', async () => {
    const { scope } = await limited();
    const decision_id = await request(product, scope, aDayOf(200));
    const given = { result: 'abandoned', summary: 'No need.' };
    expect(await call('POST', `/decisions/${decision_id}/outcome`, { as: product, body: given })).toMatchObject({
      status: 200,
    });
    expect(await setLimit(scope, product, aDayOf(200), { decision_id })).toMatchObject(mandateMissing);
  });

  it('[LIM-3] is not allowed by a decision that is another one, of a lower level or of another domain', async () => {
    const { agent, team, scope } = await limited();
    const decisions = [
      await request(agent, scope, aDayOf(200), { verdict: 'escalated' }),
      await request(product, `agent/${agentOf('product').id}`, aDayOf(200)),
      await request(product, scope, aDayOf(200), { type: 'scope_change' }),
      await request(platform, scope, aDayOf(200)),
      'dec_00000000-0000-7000-8000-000000000000',
    ];
    for (const decision_id of decisions) {
      expect(await setLimit(scope, product, aDayOf(200), { decision_id }), decision_id).toMatchObject(mandateMissing);
    }
    const ofTeam = `team/${team}`;
    const higher = (await limitOf(ofTeam)).quotas.map(quotaOf).map((quota) => ({ ...quota, amount: quota.amount + 1 }));
    const low = await setLimit(ofTeam, product, higher, { decision_id: await request(product, ofTeam, higher) });
    expect(low).toMatchObject(mandateMissing);
    expect(low.body.detail).toContain('enterprise level');
    const high = await setLimit(ofTeam, product, higher, {
      decision_id: await request(enterpriseOrchestrator, ofTeam, higher),
    });
    expect(high.status, high.text).toBe(200);
  });

  it('[LIM-3] of the enterprise takes the board', async () => {
    const scope = 'enterprise/enterprise';
    const higher = (await limitOf(scope)).quotas.map(quotaOf).map((quota) => ({ ...quota, amount: quota.amount + 1 }));
    const orchestrated = await request(enterpriseOrchestrator, scope, higher);
    expect(await setLimit(scope, board, higher, { decision_id: orchestrated })).toMatchObject(mandateMissing);
    const raised = await setLimit(scope, board, higher, { decision_id: await request(board, scope, higher) });
    expect(raised.status, raised.text).toBe(200);
  });

  it('[LIM-3] is also to set one where none was, or to leave only the wider window', async () => {
    const { scope } = await limited();
    const [tokens, calls] = aDayOf(100) as [Quota, Quota];
    const byMonth: Quota = { dimension: 'tokens', window: 'month', amount: 1_000 };
    expect(await setLimit(scope, product, [tokens, byMonth, calls])).toMatchObject({ status: 200 });
    expect(await setLimit(scope, product, [byMonth, calls])).toMatchObject(mandateMissing);
    expect(await setLimit(scope, product, [calls])).toMatchObject({ status: 200 });
    expect(await setLimit(scope, product, [tokens, calls])).toMatchObject(mandateMissing);
  });

  const quotaOf = ({ dimension, window, amount }: Quota): Quota => ({ dimension, window, amount });
});

describe('setting a limit', () => {
  const set = (scope: string, as: string): Promise<Reply> => setLimit(scope, as, []);

  it('[LIM-3] is up to those who stand above its scope, in its own domain', async () => {
    const { agent, team, scope } = await limited();
    const refusals: [as: string, scope: string, code: string][] = [
      [platform, scope, 'OutsideOwnDomain'],
      [platform, `team/${team}`, 'OutsideOwnDomain'],
      [product, 'domain/product', 'PrincipalKindRefused'],
      [product, `agent/${product}`, 'PrincipalKindRefused'],
      [product, 'default/agent', 'PrincipalKindRefused'],
      [enterpriseOrchestrator, 'enterprise/enterprise', 'PrincipalKindRefused'],
      [enterpriseOrchestrator, `agent/${enterpriseOrchestrator}`, 'PrincipalKindRefused'],
      [humanWith('auditor'), scope, 'RoleMissing'],
    ];
    for (const [as, about, code] of refusals) {
      expect(await set(about, as), `${as} ${about}`).toMatchObject({ status: 403, body: { code } });
    }
    const orders = { body: { quotas: [] }, headers: { 'if-match': '"v1"' } };
    const token = await call('PUT', `/limits/${scope}`, { as: agent, ...orders });
    expect(token).toMatchObject({ status: 403, body: { code: 'ScopeMissing' } });
    expect(await set(scope, enterpriseOrchestrator)).toMatchObject({ status: 200 });
    expect(await set(`team/${team}`, operator)).toMatchObject({ status: 200 });
  });

  it('[LIM-3] [GWY-4] names the version that it is based on, 0 where there is none yet', async () => {
    const { agents } = await aTeam(1);
    const path = `/limits/agent/${agents[0]}`;
    const put = (version: string | undefined): Promise<Reply> =>
      call('PUT', path, { as: product, body: { quotas: aDayOf(5) }, headers: { 'if-match': version } });
    expect((await call('GET', path, { as: product })).headers.get('etag')).toBe('"v0"');
    expect(await put(undefined)).toMatchObject({ status: 428 });
    expect(await put('"v1"')).toMatchObject({ status: 412 });
    expect(await put('"v0"')).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await put('"v0"')).toMatchObject({ status: 412 });
    expect(await put('"v1"')).toMatchObject({ status: 200, body: { version: 1 } });
    const twice = [...aDayOf(5), ...aDayOf(6)];
    const body = { quotas: twice };
    const refused = await call('PUT', path, { as: product, body, headers: { 'if-match': '"v1"' } });
    expect(refused).toMatchObject({ status: 422, body: { code: 'InvalidFields' } });
  });

  it('[LIM-3] of two at once, one is set and the other learns of it', async () => {
    const { scope } = await limited();
    const replies = await Promise.all([60, 70, 80].map((amount) => setLimit(scope, product, aDayOf(amount))));
    const done = replies.filter(({ status }) => status === 200);
    expect(done.length).toBeGreaterThanOrEqual(1);
    for (const { status } of replies) expect([200, 409, 412]).toContain(status);
    expect((await limitOf(scope)).version).toBe(1 + done.length);
  });

  it('[LIM-3] [AUD-2] leaves the state in agreement with the ledger', async () => {
    expect((await discrepancies()).found).toEqual([]);
  });
});
