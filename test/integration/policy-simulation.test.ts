import { randomUUID } from 'node:crypto';
import { ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';
import { Decision, recordedQuestion } from '../../functions/authority/contract.ts';
import { keys as authorityKeys } from '../../functions/authority/store.ts';
import type { Flip, Simulation } from '../../functions/policies/contract.ts';
import { loadEvaluator } from '../../functions/policies/evaluator.ts';
import { start } from '../../functions/policies/simulation-changes.ts';
import { noTally } from '../../functions/policies/simulation-model.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { bare } from '../../functions/shared/dynamo.ts';
import { floorId, newIdOf } from '../../functions/shared/ids.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import { everyEntry } from '../support/consistency.ts';
import { invoke } from '../support/functions.ts';
import { Crash, environmentOf, faultyClient } from '../support/in-process.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf, runtimeOf } from '../support/organization.ts';
import { ended, governor, inForce, packWith, simulated, upload, versionWith } from '../support/policies.ts';
import { aProposal } from '../support/proposals.ts';
import { ask, coreHere, policiesHere, policiesStepsHere, policiesSweeperHere } from '../support/slices.ts';
import { call, importExample, world } from '../support/world.ts';
import { versionOf } from '../unit/policies/fixtures.ts';

const agent = agentOf('product', 1).id;
const forbidding = (resource: string, more = ''): string =>
  `forbid (principal, action, resource) when { resource == Orchestra::Target::"${resource}" ${more} };`;
const anId = (): string => `test-${randomUUID()}`;

const propose = async (resource: string): Promise<string> => {
  const body = aProposal('implementation_detail', { resource: { type: 'service', id: resource } });
  return (await call('POST', '/decisions', { as: agent, body })).body.id as string;
};

/** Every decision that the ledger knows, newest first, as far as it is kept. */
async function everyDecision(): Promise<Decision[]> {
  const entries = await everyEntry();
  const verdicts = entries.filter(({ event, sequence }) => sequence === 1 && /\.decision\./.test(event.type));
  const inOrder = verdicts.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  // Other tests put copies of entries into the ledger.
  const ids = new Set(inOrder.map(({ event }) => String(event.data.decision_id)));
  const keys = [...ids].map((id) => authorityKeys.decision(id));
  return (await world().state.getMany(keys)).flatMap((item) => (item ? [Decision.parse(bare(item))] : []));
}

/** A simulation that waits for somebody to run its steps. */
async function waiting(version: number, last: number): Promise<string> {
  const handler = await policiesHere();
  const asked = { as: governor, runtime: runtimeOf(governor), body: { last } };
  const { status, body } = await ask(handler, 'POST', `/policies/${version}/simulations`, asked);
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id as string;
}

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
  for (let at = 0; at < 12; at += 1) await propose(`sim-${at % 3}`);
});

describe('a simulation', () => {
  it('[POL-4] finds exactly the verdicts that flip when every recorded decision is put again', async () => {
    const policies = packWith(anId(), forbidding('sim-1'));
    const { body: stored } = await upload(policies);
    const against = await inForce();
    const simulation = await simulated(stored.version, 10_000);
    const evaluator = loadEvaluator(versionOf(policies, stored.version));
    // Other tests set the clock, also to times at which there were no policies yet.
    const { created_at: born } = (await call('GET', '/policies/versions/1', { as: governor })).body;
    const isPast = ({ proposed_at: at }: Decision): boolean => at >= born && at < simulation.started_at;
    const decisions = (await everyDecision()).filter(isPast);
    const expected = decisions.flatMap((decision) => {
      const question = recordedQuestion(decision);
      const effect = question && evaluator.evaluate(question).effect;
      return effect === undefined || effect === decision.policies.effect ? [] : [[decision.id, effect]];
    });
    expect(expected.length).toBeGreaterThanOrEqual(4);
    expect(simulation).toMatchObject({ state: 'completed', against, policy_version: stored.version, version: 2 });
    expect(simulation.replayed + simulation.unreplayable).toBe(decisions.length);
    const flips = simulation.flips as Flip[];
    expect(flips.map(({ decision_id, to }) => [decision_id, to.effect])).toEqual(expected);
    expect(flips[0]).toMatchObject({ proposed_by: agent, from: { effect: 'allow' }, to: { effect: 'deny' } });
    const counted = simulation.changes.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
    expect(counted).toBe(expected.length);
    const entries = (await itemsOf(`simulation/${simulation.id}`)).map(({ event }) => event.type);
    expect(entries).toEqual(['orchestra.simulation.started.v1', 'orchestra.simulation.completed.v1']);
  });

  it('[POL-4] replays no more than the last so many, and lists its flips by pages', async () => {
    const version = await versionWith(anId(), forbidding('paged'));
    for (let at = 0; at < 5; at += 1) await propose('paged');
    const { id, replayed, unreplayable, state } = await simulated(version, 5);
    expect({ state, seen: replayed + unreplayable }).toEqual({ state: 'completed', seen: 5 });
    const flips: string[] = [];
    let query = '?limit=2';
    for (;;) {
      const { status, body } = await call('GET', `/policies/${version}/simulations/${id}${query}`, { as: governor });
      expect(status).toBe(200);
      expect(body.flips.length).toBeLessThanOrEqual(2);
      flips.push(...body.flips.map(({ decision_id }: Flip) => decision_id));
      if (body.next_cursor === undefined) break;
      query = `?limit=2&cursor=${body.next_cursor}`;
    }
    expect(new Set(flips).size).toBe(5);
    expect(flips).toHaveLength(5);
  });

  it('[POL-4] is started as an execution of its own name', async () => {
    const version = await versionWith(anId(), forbidding('named'));
    const { id } = await simulated(version, 1);
    const variables = await environmentOf('orchestra-local-policies-api');
    const asked = new ListExecutionsCommand({ stateMachineArn: variables.SIMULATION_ARN });
    const { executions = [] } = await new SFNClient({}).send(asked);
    expect(executions.filter(({ name }) => name === id).map(({ status }) => status)).toEqual(['SUCCEEDED']);
  });

  it('[POL-4] of another version, or under another number, is not there', async () => {
    const version = await versionWith(anId(), forbidding('other'));
    const { id } = await simulated(version, 1);
    expect(await call('GET', `/policies/${version + 1}/simulations/${id}`, { as: governor })).toMatchObject({
      status: 404,
    });
    const absent = await call('POST', '/policies/999999/simulations', { as: governor, body: {} });
    expect(absent.status).toBe(404);
  });
});

describe('a step', () => {
  it('[POL-4] that crashes anywhere, and is repeated, counts each decision once', async () => {
    const version = await versionWith(anId(), forbidding('sim-2'));
    const whole = await simulated(version, 10);
    for (const point of ['before', 'after'] as const) {
      const id = await waiting(version, 10);
      // The decisions of this test alone: nothing is proposed between the two simulations.
      for (let round = 0; round < 20; round += 1) {
        const crashing = faultyClient({
          [point]: ({ command }: { command: string }) =>
            command === 'TransactWriteItemsCommand' ? new Crash(`${point} the page is written`) : undefined,
        });
        const broken = await policiesStepsHere({ client: crashing.client, pageSize: 3 });
        await expect(broken({ step: 'replay', simulation_id: id })).rejects.toThrow('the page is written');
        const sound = await policiesStepsHere({ pageSize: 3 });
        if ((await sound({ step: 'replay', simulation_id: id })).state !== 'running') break;
      }
      const { body } = await call('GET', `/policies/${version}/simulations/${id}?limit=100`, { as: governor });
      const { replayed, unreplayable, changes, flips } = whole;
      expect(body).toMatchObject({ state: 'completed', replayed, unreplayable, changes });
      expect(body.flips).toEqual(flips);
    }
  });

  it('[POL-4] that two attempts do at the same time is done once', async () => {
    const version = await versionWith(anId(), forbidding('sim-0'));
    const whole = await simulated(version, 10);
    const id = await waiting(version, 10);
    const step = await policiesStepsHere({ pageSize: 2 });
    for (let round = 0; round < 20; round += 1) {
      const both = await Promise.all([1, 2].map(() => step({ step: 'replay', simulation_id: id })));
      if (both.some(({ state }) => state !== 'running')) break;
    }
    const simulation = await ended(version, id);
    expect(simulation).toMatchObject({ state: 'completed', replayed: whole.replayed, changes: whole.changes });
  });
});

describe('a simulation that cannot be finished', () => {
  /** One whose version cannot be read, written past the API, which would not have begun it. */
  async function unfinishable(startedAt = new Date()): Promise<Simulation> {
    const core = await coreHere();
    const now = core.now();
    const id = newIdOf('sim');
    const known = { policy_version: 999_999, against: 1, state: 'running', last: 10, version: 1 } as const;
    const times = { started_at: startedAt.toISOString(), finished_at: null, failure: null };
    const simulation: Simulation = { id, ...known, ...times, started_by: governor, ...noTally };
    const range = { from: floorId(addSeconds(now, -60)), before: floorId(now) };
    const progress = { version: 1, ...range, seen: 0, moved_at: startedAt.toISOString(), tally: noTally };
    await core.commit(start(simulation, progress), { actor: governor, now, trace: continueTrace(undefined) });
    return simulation;
  }

  it('[POL-4] is recorded as failed by its own workflow', { timeout: 90_000 }, async () => {
    const { id, policy_version } = await unfinishable();
    const { SIMULATION_ARN: stateMachineArn } = await environmentOf('orchestra-local-policies-api');
    const input = JSON.stringify({ simulation_id: id });
    await new SFNClient({}).send(new StartExecutionCommand({ stateMachineArn, name: id, input }));
    const simulation = await ended(policy_version, id);
    expect(simulation).toMatchObject({ state: 'failed', version: 2, replayed: 0 });
    expect(simulation.failure).not.toBe('');
    const entries = (await itemsOf(`simulation/${id}`)).map(({ event }) => event.type);
    expect(entries).toEqual(['orchestra.simulation.started.v1', 'orchestra.simulation.failed.v1']);
  });

  it('[POL-4] is recorded as failed at once when it cannot be started', async () => {
    const version = await versionWith(anId(), forbidding('unstarted'));
    const handler = await policiesHere({ start: () => Promise.reject(new Error('no Step Functions today')) });
    const asked = { as: governor, runtime: runtimeOf(governor), body: { last: 1 } };
    const { status, body } = await ask(handler, 'POST', `/policies/${version}/simulations`, asked);
    expect({ status, state: body.state }).toEqual({ status: 201, state: 'failed' });
    expect((await call('GET', `/policies/${version}/simulations/${body.id}`, { as: governor })).body.state).toBe(
      'failed',
    );
  });

  it('[POL-4] is failed by the sweeper when nobody has heard of it for half an hour, and not before', async () => {
    const { id, policy_version } = await unfinishable();
    const now = new Date();
    await (
      await policiesSweeperHere({ now: () => addSeconds(now, 1_700) })
    )();
    const path = `/policies/${policy_version}/simulations/${id}`;
    expect((await call('GET', path, { as: governor })).body.state).toBe('running');
    const { failed } = await (await policiesSweeperHere({ now: () => addSeconds(now, 1_900) }))();
    expect(failed).toBeGreaterThanOrEqual(1);
    expect((await call('GET', path, { as: governor })).body).toMatchObject({ state: 'failed', version: 2 });
  });

  it('[POL-4] is failed by the deployed sweeper as well', async () => {
    const { id, policy_version } = await unfinishable(addSeconds(new Date(), -1_900));
    const { error, answer } = await invoke('policies-sweeper', {});
    expect({ error, failed: answer.failed >= 1 }).toEqual({ error: undefined, failed: true });
    const { body } = await call('GET', `/policies/${policy_version}/simulations/${id}`, { as: governor });
    expect(body).toMatchObject({ state: 'failed', version: 2 });
  });
});
