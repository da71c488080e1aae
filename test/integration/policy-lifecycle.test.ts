import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { discrepancies } from '../support/consistency.ts';
import { itemsOf } from '../support/ledger.ts';
import { mandateFor } from '../support/mandates.ts';
import { agentOf, enterpriseOrchestrator, humanWith, orchestratorOf, runtimeOf } from '../support/organization.ts';
import { pagesOf } from '../support/pages.ts';
import {
  activate,
  governor,
  inForce,
  packWith,
  rollBack,
  simulated,
  upload,
  versionWith,
} from '../support/policies.ts';
import { subscribeTo } from '../support/queues.ts';
import { ask, policiesHere } from '../support/slices.ts';
import { togetherClient } from '../support/together.ts';
import { call, importExample, world } from '../support/world.ts';

const never =
  'forbid (principal, action == Orchestra::Action::"spend", resource) when { context.decision_type == "x" };';
const anId = (): string => `test-${randomUUID()}`;
const about = (version: number) => ({ type: 'policy_version', id: String(version) });
const mandate = (version: number): Promise<string> => mandateFor('policy_change', about(version));

/** What the ledger says of the pointer, newest last. */
const history = async () => (await itemsOf('policies/active')).toSorted((a, b) => a.sequence - b.sequence);
const newest = async () => (await history()).at(-1);

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('an upload', () => {
  it('[POL-4] stores the next immutable version, with its entry, and changes nothing that is in force', async () => {
    const before = await inForce();
    const id = anId();
    const { status, body } = await upload(packWith(id, never), 'One more');
    expect(status).toBe(201);
    expect(body).toMatchObject({ note: 'One more', created_by: governor, state: 'stored' });
    const [entry, ...others] = await itemsOf(`policies/${body.version}`);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ sequence: 1, agent_id: governor, policy_version: body.version });
    expect(entry?.event).toMatchObject({ type: 'orchestra.policies.uploaded.v1', data: { digest: body.digest } });
    const stored = await call('GET', `/policies/versions/${body.version}`, { as: governor });
    expect(stored.body.policies).toEqual(packWith(id, never));
    expect(await inForce()).toBe(before);
  });

  it('[POL-4] of a set that is there already answers its version, and stores nothing', async () => {
    const policies = packWith(anId(), never);
    const [first, second] = [await upload(policies, 'First'), await upload(policies.toReversed(), 'Second')];
    expect(second).toMatchObject({ status: 201, body: { ...first.body, note: 'First' } });
    expect(await itemsOf(`policies/${first.body.version}`)).toHaveLength(1);
  });

  it('[POL-1] [POL-4] that is not valid names each fault by document, line and column, and stores nothing', async () => {
    const newestBefore = (await call('GET', '/policies/versions?limit=1', { as: governor })).body.items[0].version;
    const policies = packWith(anId(), 'permit (principal, action, resource)\nwhen { context.tokns > 1 };');
    const { status, body } = await upload(policies);
    expect(status).toBe(422);
    expect(body.code).toBe('InvalidPolicies');
    const at = policies.length - 1;
    expect(body.errors[0].pointer).toBe(`/body/policies/${at}/text`);
    expect(body.errors[0].detail).toMatch(/^3:8 .*tokns/);
    const after = (await call('GET', '/policies/versions?limit=1', { as: governor })).body.items[0].version;
    expect(after).toBe(newestBefore);
  });

  it('[POL-4] that no record can hold is refused with its size', async () => {
    const comment = `// ${'x'.repeat(9_000)}\n`;
    const policies = Array.from({ length: 50 }, (_, at) => ({
      ...packWith(`huge-${at}`, never).at(-1),
      text: `${comment}${packWith(`huge-${at}`, never).at(-1)?.text}`,
    }));
    const { status, body } = await upload(policies);
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'InvalidPolicies' });
    expect(body.detail).toMatch(/^The set has 4\d{5} bytes; a version takes 390000\.$/);
  });

  it('[POL-4] among others at the same time gets a number of its own, without gaps', async () => {
    const { body: before } = await call('GET', '/policies/versions?limit=1', { as: governor });
    const handler = await policiesHere({ client: togetherClient(5) });
    const asked = Array.from({ length: 5 }, () =>
      ask(handler, 'POST', '/policies/versions', {
        as: governor,
        runtime: runtimeOf(governor),
        body: { policies: packWith(anId(), never), note: 'At once' },
      }),
    );
    const replies = await Promise.all(asked);
    expect(replies.map(({ status }) => status)).toEqual(Array(5).fill(201));
    const first = before.items[0].version + 1;
    const given = replies.map(({ body }) => body.version as number).toSorted((a, b) => a - b);
    expect(given).toEqual(Array.from({ length: 5 }, (_, at) => first + at));
  });

  it('[POL-4] is listed, newest first, with what is in force', async () => {
    const pages = await pagesOf('/policies/versions?limit=2', governor);
    const all = pages.flat();
    expect(all.map(({ version }) => version)).toEqual(Array.from({ length: all.length }, (_, at) => all.length - at));
    const current = all.filter(({ state }) => state === 'in_force').map(({ version }) => version as number);
    expect(current).toEqual([await inForce()]);
  });

  it('[POL-4] is for those who govern', async () => {
    const policies = packWith(anId(), never);
    for (const role of ['auditor', 'on_call']) {
      expect(await upload(policies, 'A test', humanWith(role))).toMatchObject({
        status: 403,
        body: { code: 'RoleMissing' },
      });
    }
    const asOrchestrator = await upload(policies, 'A test', orchestratorOf('product'));
    expect(asOrchestrator).toMatchObject({ status: 403, body: { code: 'PrincipalKindRefused' } });
    expect(await upload(policies, 'A test', enterpriseOrchestrator)).toMatchObject({ status: 201 });
  });
});

describe('an activation', () => {
  it('[POL-4] [AUT-6] needs a simulation and a decision of its own; a rollback is one call, and pages', async () => {
    const before = await inForce();
    const version = await versionWith(anId(), never);
    const decision = await mandate(version);
    expect(await activate(version, decision)).toMatchObject({ status: 409, body: { code: 'SimulationMissing' } });
    expect(await simulated(version)).toMatchObject({ state: 'completed', against: before });
    const other = await mandateFor('policy_change', about(version + 1_000));
    const wrong = await activate(version, other);
    expect(wrong).toMatchObject({ status: 409, body: { code: 'MandateMissing' } });
    expect(wrong.body.detail).toContain('policy_version');
    expect(await inForce()).toBe(before);

    const entries = (await history()).length;
    const activated = await activate(version, decision);
    expect(activated).toMatchObject({ status: 201, body: { policy_version: version, previous: before } });
    expect(await inForce()).toBe(version);
    expect((await history()).length).toBe(entries + 1);
    expect(await newest()).toMatchObject({
      agent_id: governor,
      sequence: activated.body.version,
      event: { type: 'orchestra.policies.activated.v1', data: { policy_version: version } },
    });
    expect((await newest())?.details.reasoning).toContain(decision);

    const paged = await subscribeTo(world().output('TopicPage'));
    const onCall = humanWith('on_call');
    const back = await rollBack('It denies too much.', onCall);
    expect(back).toMatchObject({ status: 201, body: { policy_version: before, previous: null } });
    expect(await inForce()).toBe(before);
    expect(await newest()).toMatchObject({
      agent_id: onCall,
      details: { reasoning: 'It denies too much.' },
      event: { type: 'orchestra.policies.rolled-back.v1', data: { from_version: version, policy_version: before } },
    });
    const [page] = await paged.until(1, (message) => message.includes('rolled-back'));
    expect(JSON.parse(page ?? '{}').detail.data).toMatchObject({ by: onCall, from_version: version });

    expect(await rollBack()).toMatchObject({ status: 409, body: { code: 'NothingToRollBack' } });
    const again = await activate(version, decision);
    expect(again).toMatchObject({ status: 409, body: { code: 'MandateMissing' } });
    expect(again.body.detail).toContain('used already');
    expect(await activate(before, decision)).toMatchObject({ status: 409, body: { code: 'AlreadyInForce' } });
  });

  it('[POL-4] needs a simulation against the version that is in force now', async () => {
    const [one, two] = [await versionWith(anId(), never), await versionWith(anId(), never)];
    await simulated(one);
    await simulated(two);
    const decision = await mandate(two);
    expect(await activate(one, await mandate(one))).toMatchObject({ status: 201 });
    const stale = await activate(two, decision);
    expect(stale).toMatchObject({ status: 409, body: { code: 'SimulationMissing' } });
    expect(stale.body.detail).toContain(`and ${one} is in force`);
    expect(await rollBack()).toMatchObject({ status: 201 });
  });

  it('[POL-4] [AUT-6] of two at once takes place once, and uses one mandate', async () => {
    const version = await versionWith(anId(), never);
    await simulated(version);
    const decisions = [await mandate(version), await mandate(version)];
    const entries = (await history()).length;
    const handler = await policiesHere({ client: togetherClient(2) });
    const replies = await Promise.all(
      decisions.map((decision_id) =>
        ask(handler, 'POST', '/policies/activations', {
          as: governor,
          runtime: runtimeOf(governor),
          body: { version, decision_id },
        }),
      ),
    );
    expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
    expect(replies.find(({ status }) => status === 409)?.body.code).toBe('VersionConflict');
    expect((await history()).length).toBe(entries + 1);
    expect(await rollBack()).toMatchObject({ status: 201 });
  });

  it('[AUT-6] of two at once by one decision takes place once', async () => {
    const version = await versionWith(anId(), never);
    await simulated(version);
    const body = { version, decision_id: await mandate(version) };
    const handler = await policiesHere({ client: togetherClient(2) });
    const once = () =>
      ask(handler, 'POST', '/policies/activations', { as: governor, runtime: runtimeOf(governor), body });
    const replies = await Promise.all([once(), once()]);
    expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
    expect(await rollBack()).toMatchObject({ status: 201 });
  });

  it('[AUT-6] is not for an agent, nor for somebody who only audits', async () => {
    const version = await versionWith(anId(), never);
    const decision = await mandate(version);
    expect((await activate(version, decision, agentOf('product').id)).status).toBe(403);
    expect(await activate(version, decision, humanWith('auditor'))).toMatchObject({ body: { code: 'RoleMissing' } });
    expect(await rollBack('A test', humanWith('auditor'))).toMatchObject({ body: { code: 'RoleMissing' } });
  });
});

it('[AUD-2] after all of them the pointer, the versions and the simulations agree with the ledger', async () => {
  const { compared, found } = await discrepancies();
  expect(compared).toBeGreaterThan(20);
  expect(found).toEqual([]);
});
