import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { addSeconds } from '../../functions/shared/clock.ts';
import { authorityHere } from '../support/in-process.ts';
import { itemsOf } from '../support/ledger.ts';
import { mandateFor } from '../support/mandates.ts';
import { agentOf, humanWith } from '../support/organization.ts';
import { governor } from '../support/policies.ts';
import { aProposal } from '../support/proposals.ts';
import { subscribeTo } from '../support/queues.ts';
import { ask, policiesSweeperHere } from '../support/slices.ts';
import { call, importExample, type Reply, world } from '../support/world.ts';

const agent = agentOf('product', 2).id;
const about = (minutes: number) => ({ type: 'enforcement', id: `observe/${minutes}` });
const mandate = (minutes: number): Promise<string> => mandateFor('enforcement_change', about(minutes));
const change = (body: unknown, as = governor): Promise<Reply> => call('POST', '/policies/enforcement', { as, body });
const observe = (minutes: number, decision_id: string): Promise<Reply> =>
  change({ mode: 'observe', minutes, reason: 'A policy is being found out.', decision_id });
const enforce = (as = governor): Promise<Reply> => change({ mode: 'enforce', reason: 'Found.' }, as);
const mode = async (): Promise<string> =>
  (await call('GET', '/policies/enforcement', { as: governor })).body.mode as string;
const newest = async () => (await itemsOf('policies/active')).toSorted((a, b) => a.sequence - b.sequence).at(-1);

/** Forbidden by the starter pack: an agent without the role `operator` changes a system. */
const forbidden = (): Record<string, unknown> =>
  aProposal('implementation_detail', { action: 'change_system', summary: `Change ${randomUUID()}` });
const propose = (body: unknown): Promise<Reply> => call('POST', '/decisions', { as: agent, body });

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('leaving enforcement', () => {
  it('[POL-5] [AUT-6] takes an allowed decision about it, once, and pages on-call', async () => {
    expect(await mode()).toBe('enforce');
    const wrong = await mandateFor('policy_change', about(10));
    expect(await observe(10, wrong)).toMatchObject({ status: 409, body: { code: 'MandateMissing' } });
    const escalated = await call('POST', '/decisions', {
      as: governor,
      body: aProposal('enforcement_change', { resource: about(10) }),
    });
    expect(escalated.body.verdict).toBe('escalated');
    expect(await observe(10, escalated.body.id)).toMatchObject({ status: 409, body: { code: 'MandateMissing' } });
    expect(await mode()).toBe('enforce');

    const paged = await subscribeTo(world().output('TopicPage'));
    const decision = await mandate(10);
    const { status, body } = await observe(10, decision);
    expect({ status, mode: body.mode }).toEqual({ status: 200, mode: 'observe' });
    const minutes = (Date.parse(body.observe_until) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(9);
    expect(minutes).toBeLessThanOrEqual(10);
    expect(await newest()).toMatchObject({
      agent_id: governor,
      event: { type: 'orchestra.enforcement.suspended.v1', data: { until: body.observe_until } },
    });
    const [page] = await paged.until(1, (message) => message.includes('enforcement.suspended'));
    expect(JSON.parse(page ?? '{}').detail.data).toMatchObject({ by: governor, until: body.observe_until });
    const other = await mandate(10);
    expect(await observe(11, other)).toMatchObject({ status: 409, body: { code: 'MandateMissing' } });
    const again = await observe(10, decision);
    expect(again).toMatchObject({ status: 409, body: { code: 'MandateMissing' } });
    expect(await enforce(humanWith('on_call'))).toMatchObject({ status: 200, body: { mode: 'enforce' } });
    expect(await newest()).toMatchObject({
      agent_id: humanWith('on_call'),
      event: { type: 'orchestra.enforcement.resumed.v1' },
    });
    expect(await mode()).toBe('enforce');
  });

  it('[POL-5] records what the policies say and lets it bind nobody; the matrix still binds', async () => {
    expect((await propose(forbidden())).body).toMatchObject({ verdict: 'denied', policies: { enforced: true } });
    expect(await observe(5, await mandate(5))).toMatchObject({ status: 200 });
    const { body: observed } = await propose(forbidden());
    expect(observed).toMatchObject({ verdict: 'allowed', policies: { effect: 'deny', enforced: false } });
    expect(observed.reasons[1]).toMatchObject({ source: 'policies', code: 'Observed' });
    expect(observed.reasons[1].detail).toMatch(/^Observed, not enforced: Forbidden by access-operator-role/);
    expect(observed.receipt).toBeTypeOf('string');
    const [entry] = await itemsOf(`decision/${observed.id}`);
    expect(entry?.details.outcome).toContain('Observed, not enforced');

    const unregistered = await propose(aProposal('not_registered'));
    expect(unregistered.body).toMatchObject({ verdict: 'denied', reasons: [{ code: 'UnregisteredType' }, {}] });
    expect((await propose(aProposal('scope_change'))).body.verdict).toBe('escalated');
    expect(await enforce()).toMatchObject({ status: 200 });
    expect((await propose(forbidden())).body).toMatchObject({ verdict: 'denied', policies: { enforced: true } });
  });

  it('[POL-5] expires by itself at its time, whether or not anybody enters it; the sweeper does, once', async () => {
    // So far ahead that what is decided there is in nobody's past while the tests run.
    const { body } = await observe(50, await mandate(50));
    const until = new Date(body.observe_until as string);
    const proposedAt = async (now: Date) => {
      const handler = await authorityHere({ now: () => now });
      return (await ask(handler, 'POST', '/decisions', { as: agent, body: forbidden() })).body;
    };
    expect(await proposedAt(addSeconds(until, -1))).toMatchObject({ verdict: 'allowed' });
    expect(await proposedAt(until)).toMatchObject({ verdict: 'denied', policies: { enforced: true } });

    const early = await policiesSweeperHere({ now: () => addSeconds(until, -1) });
    expect(await early()).toMatchObject({ resumed: false });
    const sweep = await policiesSweeperHere({ now: () => addSeconds(until, 1) });
    const both = await Promise.all([sweep(), sweep()]);
    expect(both.filter(({ resumed }) => resumed)).toHaveLength(1);
    expect(await newest()).toMatchObject({
      agent_id: 'orchestra_policies',
      event: { type: 'orchestra.enforcement.resumed.v1', data: { by: 'orchestra_policies' } },
    });
    expect(await sweep()).toMatchObject({ resumed: false });
    expect(await mode()).toBe('enforce');
  });

  it('[POL-5] is for those who govern; coming back is for those on call as well, and harmless when repeated', async () => {
    const decision_id = await mandate(5);
    const body = { mode: 'observe', minutes: 5, reason: 'A test', decision_id };
    expect(await change(body, humanWith('on_call'))).toMatchObject({ status: 403, body: { code: 'RoleMissing' } });
    expect(await enforce(humanWith('auditor'))).toMatchObject({ status: 403, body: { code: 'RoleMissing' } });
    const before = await newest();
    expect(await enforce()).toMatchObject({ status: 200, body: { mode: 'enforce', observe_until: null } });
    expect(await newest()).toEqual(before);
    expect(await change({ ...body, minutes: 241 })).toMatchObject({ status: 422 });
  });
});
