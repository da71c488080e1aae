import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { presenceStore } from '../../functions/directory/presence-store.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { invoke } from '../support/functions.ts';
import { anEvent, Crash, type Fault, faultyClient, lambdaContext } from '../support/in-process.ts';
import { itemsOf, refusalsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator, humanWith } from '../support/organization.ts';
import { sweepHere } from '../support/presence.ts';
import { listenTo } from '../support/queues.ts';
import { type ApiHandler, type Answered, ask, directoryHere } from '../support/slices.ts';
import { togetherClient } from '../support/together.ts';
import { call, clientIdOf, eventually, importExample, type Reply, world } from '../support/world.ts';

const interval = 60;
/** Of its own: what is told here comes from times that are still ahead, and would stand first in the inbox of another. */
const domain = `presence-${randomUUID().slice(0, 8)}`;
const orchestrator = `orc_${domain}`;
/** So far ahead that the deployed sweeper, which looks by the clock, leaves to these sweeps what they are to find. */
const start = addSeconds(new Date(), 1200);
const later = (seconds: number): Date => addSeconds(start, seconds);
const working = { load: 40, status: 'working' as const };

const create = async (path: string, body: object): Promise<void> => {
  const { status, text } = await call('POST', path, { as: enterpriseOrchestrator, body });
  expect(status, text).toBe(201);
};

/** Agents of a team that is new. */
async function aTeamOf(size: number): Promise<string[]> {
  const team = `team_${randomUUID().slice(0, 8)}`;
  await create('/teams', { id: team, name: team, domain, client_id: clientIdOf('product-runtime') });
  const agents = Array.from({ length: size }, (_, at) => `agt_${team}_${at}`);
  for (const id of agents) await create('/agents', { ...agentOf('product'), id, team });
  return agents;
}
const anAgent = async (): Promise<string> => (await aTeamOf(1))[0] ?? '';

const beat = (agent: string, body: object = working, as = agent): Promise<Reply> =>
  call('POST', `/agents/${agent}/heartbeat`, { as, body });
const beatAt = async (agent: string, at: Date, body: object = working, heartbeatSeconds = interval) => {
  const here = await directoryHere({ now: () => at, heartbeatSeconds });
  return ask(here, 'POST', `/agents/${agent}/heartbeat`, { as: agent, body });
};
const sweep = (agents: readonly string[], at: Date, heartbeatSeconds = interval): Promise<number> =>
  sweepHere(agents, { at, heartbeatSeconds });

const seen = async (agent: string): Promise<Reply['body']> =>
  (await call('GET', `/agents/${agent}`, { as: agent })).body;
const signs = (agent: string) => presenceStore(world().state).of(agent);
/** What the ledger says of an agent's presence, in the order of its versions; it is as long as the record says. */
async function history(agent: string): Promise<string[]> {
  const entries = (await itemsOf(`agent-presence/${agent}`)).toSorted((a, b) => a.sequence - b.sequence);
  expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, at) => at + 1));
  expect((await signs(agent)).presence?.version ?? 0).toBe(entries.length);
  return entries.map(({ details }) => details.outcome);
}
/** How often a principal was told of an agent. */
async function toldOf(agent: string, to: string): Promise<number> {
  const { body } = await call('GET', `/agents/${to}/inbox?limit=100`, { as: to });
  const kind = 'agent_unreachable';
  return body.items.filter(
    (one: Record<string, string>) => one.kind === kind && one.about === `agent-presence/${agent}`,
  ).length;
}

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
  const here = await directoryHere({ provisioned: [domain] });
  const operating = { as: humanWith('operator'), runtime: 'operator' };
  const added = await ask(here, 'POST', '/domains', { ...operating, body: { id: domain, name: 'Presence' } });
  expect(added).toMatchObject({ status: 201 });
  const client_id = clientIdOf('orchestration');
  await create('/principals', {
    kind: 'domain_orchestrator',
    id: orchestrator,
    name: 'Orchestrator',
    domain,
    client_id,
  });
});

describe('a heartbeat', () => {
  it('[DIR-4] carries load and status, which the agent is shown with; nobody has heard of it before', async () => {
    const agent = await anAgent();
    expect(await seen(agent)).toMatchObject({ presence: 'unknown', heartbeat_at: null, reported: null });
    const report = { load: 85, status: 'stuck', note: 'Waits for a review' };
    const { status, body } = await beat(agent, report);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { agent_id: agent, presence: 'reachable', interval_seconds: interval },
    });
    expect(Date.parse(body.unreachable_at) - Date.parse(body.heartbeat_at)).toBe(3 * interval * 1000);
    const shown = { presence: 'reachable', heartbeat_at: body.heartbeat_at, reported: report, version: 1 };
    expect(await seen(agent)).toMatchObject(shown);
    const { team } = await seen(agent);
    const listed = await call('GET', `/agents?team=${team}`, { as: agent });
    expect(listed.body.items).toMatchObject([{ id: agent, ...shown }]);
    expect((await call('GET', `/principals/${agent}`, { as: agent })).body).toMatchObject(shown);
  });

  it('[DIR-4] [AUD-2] is entered where it changes something, and only there', async () => {
    const agent = await anAgent();
    for (let load = 0; load < 5; load += 1) expect(await beat(agent, { load })).toMatchObject({ status: 200 });
    expect(await history(agent)).toEqual(['reachable']);
    expect((await signs(agent)).pulse).toMatchObject({ version: 5, report: { load: 4, status: null, note: null } });
  });

  it('[DIR-4] of another than the agent itself is refused, and audited', async () => {
    const [agent = '', mate = ''] = await aTeamOf(2);
    const before = await refusalsOf(mate, 'NotThisAgent');
    expect(await beat(agent, working, mate)).toMatchObject({ status: 403, body: { code: 'NotThisAgent' } });
    expect(await refusalsOf(mate, 'NotThisAgent')).toBe(before + 1);
    expect(await beat(agent, working, orchestrator)).toMatchObject({
      status: 403,
      body: { code: 'PrincipalKindRefused' },
    });
    expect(await signs(agent)).toEqual({ pulse: undefined, presence: undefined });
  });

  it.each([
    ['/body/load', { load: 101 }],
    ['/body/load', { load: 1.5 }],
    ['/body/load', {}],
    ['/body/status', { load: 1, status: 'asleep' }],
    ['/body/note', { load: 1, note: 'x'.repeat(501) }],
  ])('[DIR-4] with a fault at %s is refused by its name', async (pointer, body) => {
    const agent = agentOf('product').id;
    expect(await beat(agent, body)).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
  });

  it('[DIR-4] costs one batched read and one transaction, the first one too', async () => {
    const agent = await anAgent();
    const { team } = await seen(agent);
    const { client, calls } = faultyClient({});
    const here = await directoryHere({ client });
    const asked: string[][] = [];
    for (let nth = 0; nth < 6; nth += 1) {
      const event = anEvent('POST', `/agents/${agent}/heartbeat`, { as: agent, body: working });
      // Where the principal stands, the authorizer says with its cached answer.
      Object.assign(event.requestContext.authorizer ?? {}, { domain, team });
      expect(await here(event, lambdaContext)).toMatchObject({ statusCode: 200 });
      asked.push(calls.splice(0).map(({ command }) => command));
    }
    // Every so often the rate limiter leases permits, beside the read.
    const own = asked.map((commands) => commands.filter((command) => command !== 'UpdateItemCommand'));
    for (const commands of own) expect(commands).toEqual(['BatchGetItemCommand', 'TransactWriteItemsCommand']);
    expect(asked.filter(({ length }) => length === 2).length).toBeGreaterThanOrEqual(3);
  });

  it('[DIR-4] sent six times at once, all of them first ones, makes the agent reachable once, and none is lost', async () => {
    const agent = await anAgent();
    const here = await directoryHere({ client: togetherClient(6) });
    const one = (): Promise<Answered> => ask(here, 'POST', `/agents/${agent}/heartbeat`, { as: agent, body: working });
    const answers = await Promise.all(Array.from({ length: 6 }, one));
    const accepted = answers.filter(({ status }) => status === 200).length;
    for (const { status, body } of answers)
      if (status !== 200) expect(body.code).toMatch(/VersionConflict|RequestInFlight/);
    expect(accepted).toBeGreaterThan(0);
    expect(await history(agent)).toEqual(['reachable']);
    expect((await signs(agent)).pulse?.version).toBe(accepted);
  });

  it('[DIR-4] [AUD-2] that dies at any call and is sent again counts once', async () => {
    const agent = await anAgent();
    const total = await callsOf((client) => beatWith(client, agent, randomUUID()));
    let renewals = (await signs(agent)).pulse?.version ?? 0;
    for (const when of ['before', 'after'] as const) {
      for (let nth = 0; nth < total; nth += 1) {
        const key = randomUUID();
        await beatWith(faultyClient(dies(when, nth)).client, agent, key).catch(() => undefined);
        expect(await beatWith(world().dynamo, agent, key)).toMatchObject({ statusCode: 200 });
        renewals += 1;
        expect((await signs(agent)).pulse?.version, `${when} call ${nth}`).toBe(renewals);
      }
    }
    expect(await history(agent)).toEqual(['reachable']);
  });
});

const dies = (when: 'before' | 'after', nth: number): Fault => ({
  [when]: (one: { nth: number }) => (one.nth === nth ? new Crash(`${when} call ${nth}`) : undefined),
});
async function beatWith(client: DynamoDBClient, agent: string, idempotencyKey: string) {
  const here: ApiHandler = await directoryHere({ client });
  return here(
    anEvent('POST', `/agents/${agent}/heartbeat`, { as: agent, body: working, idempotencyKey }),
    lambdaContext,
  );
}
async function callsOf(run: (client: DynamoDBClient) => Promise<unknown>): Promise<number> {
  const { client, calls } = faultyClient({});
  await run(client);
  return calls.length;
}

describe('an agent that is silent', () => {
  it('[DIR-4] for three intervals is unreachable, and its team and orchestrator are told once', async () => {
    const published = await listenTo('enterprise', { detail: { type: ['orchestra.agent.unreachable.v1'] } });
    const [agent = '', mate = '', paused = ''] = await aTeamOf(3);
    expect(
      await call('PATCH', `/agents/${paused}`, {
        as: enterpriseOrchestrator,
        body: { status: 'paused' },
        headers: { 'if-match': '"v1"' },
      }),
    ).toMatchObject({ status: 200 });
    await beatAt(agent, start);
    expect(await sweep([agent], later(3 * interval - 1))).toBe(0);
    expect(await history(agent)).toEqual(['reachable']);
    const sweeps = await Promise.all(Array.from({ length: 5 }, () => sweep([agent], later(3 * interval + 1))));
    expect(sweeps.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 1]);
    expect(await sweep([agent], later(100 * interval))).toBe(0);
    expect(await seen(agent)).toMatchObject({ presence: 'unreachable', heartbeat_at: start.toISOString() });
    expect(await history(agent)).toEqual(['reachable', 'unreachable']);
    for (const to of [mate, orchestrator]) expect(await toldOf(agent, to), to).toBe(1);
    const mine = await published.until(1, ({ detail }) => detail.data.agent_id === agent);
    expect(mine[0]?.detail).toMatchObject({
      subject: `agent-presence/${agent}`,
      sequence: '2',
      data: { domain, last_seen: start.toISOString(), version: 2 },
    });
    const { items } = await world().state.query({ partition: ['pk', `approvals#message#${paused}`] });
    expect(items).toEqual([]);
  });

  it('[DIR-4] is unreachable once where all sweeps have read it before any of them wrote', async () => {
    const [agent = '', mate = ''] = await aTeamOf(2);
    await beatAt(agent, start);
    const client = togetherClient(5);
    const given = { at: later(181), heartbeatSeconds: interval, client };
    const found = await Promise.all(Array.from({ length: 5 }, () => sweepHere([agent], given)));
    expect(found.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 1]);
    expect(await history(agent)).toEqual(['reachable', 'unreachable']);
    expect(await toldOf(agent, mate)).toBe(1);
  });

  it('[DIR-4] is reachable again with its next heartbeat, and told anew when it falls silent anew', async () => {
    const [agent = '', mate = ''] = await aTeamOf(2);
    await beatAt(agent, start);
    await sweep([agent], later(181));
    expect(await beatAt(agent, later(200))).toMatchObject({ status: 200, body: { since: later(200).toISOString() } });
    expect(await seen(agent)).toMatchObject({ presence: 'reachable' });
    await beatAt(agent, later(260));
    await sweep([agent], later(260 + 181));
    expect(await history(agent)).toEqual(['reachable', 'unreachable', 'reachable', 'unreachable']);
    expect(await toldOf(agent, mate)).toBe(2);
  });

  it('[DIR-4] is found by the deployed sweeper', async () => {
    const [agent = '', mate = ''] = await aTeamOf(2);
    await beatAt(agent, addSeconds(new Date(), -600));
    const { error } = await invoke('directory-sweeper', {});
    expect(error).toBeUndefined();
    // The schedule may have been quicker.
    await eventually('it is unreachable', async () => ((await history(agent)).length === 2 ? true : undefined));
    expect(await history(agent)).toEqual(['reachable', 'unreachable']);
    expect(await toldOf(agent, mate)).toBe(1);
  });

  it('[DIR-4] is not unreachable while it is stopped, and has the full time when it may act again', async () => {
    const [agent = '', retired = ''] = await aTeamOf(2);
    const status = (id: string, to: string, version: number) =>
      call('PATCH', `/agents/${id}`, {
        as: enterpriseOrchestrator,
        body: { status: to },
        headers: { 'if-match': `"v${version}"` },
      });
    for (const id of [agent, retired]) await beatAt(id, start);
    await status(agent, 'paused', 1);
    await status(retired, 'retired', 1);
    expect(await sweep([agent, retired], later(200))).toBe(0);
    expect((await signs(retired)).pulse).toMatchObject({ due_at: null });
    await status(agent, 'active', 2);
    expect(await sweep([agent, retired], later(200 + 901))).toBe(0);
    expect(await sweep([agent], later(200 + 901 + 179))).toBe(0);
    expect(await history(agent)).toEqual(['reachable']);
    expect(await sweep([agent], later(200 + 901 + 181))).toBe(1);
    expect(await history(retired)).toEqual(['reachable']);
    expect(await toldOf(agent, orchestrator)).toBe(1);
  });

  it('[DIR-4] but was never heard of is not unreachable', async () => {
    const agent = await anAgent();
    expect(await sweep([agent], later(86_400))).toBe(0);
    expect(await seen(agent)).toMatchObject({ presence: 'unknown' });
    expect(await history(agent)).toEqual([]);
  });

  it('[DIR-4] is never unreachable after a newer heartbeat was answered, however the two race', async () => {
    const agent = await anAgent();
    const brief = 2;
    let at = start;
    expect(await beatAt(agent, at, working, brief)).toMatchObject({ status: 200 });
    let won = 0;
    for (let round = 0; round < 50; round += 1) {
      at = addSeconds(at, 3 * brief + 1);
      const client = round % 2 === 0 ? togetherClient(2) : world().dynamo;
      const here = await directoryHere({ client, now: () => at, heartbeatSeconds: brief });
      const [reply, found] = await Promise.all([
        ask(here, 'POST', `/agents/${agent}/heartbeat`, { as: agent, body: working }),
        sweepHere([agent], { at, heartbeatSeconds: brief, client }),
      ]);
      expect(reply.status, JSON.stringify(reply.body)).toBe(200);
      won += found;
      expect((await signs(agent)).presence?.state, `round ${round}`).toBe('reachable');
      expect((await signs(agent)).pulse).toMatchObject({ seen_at: at.toISOString() });
    }
    const states = await history(agent);
    expect(states).toEqual(states.map((_, nth) => (nth % 2 === 0 ? 'reachable' : 'unreachable')));
    expect(states).toHaveLength(1 + 2 * won);
  }, 120_000);

  it('[DIR-4] [AUD-2] is told once, whatever call a sweep dies at', async () => {
    const [probe = '', mate = ''] = await aTeamOf(2);
    await beatAt(probe, start);
    const at = later(181);
    const total = await callsOf((client) => sweepHere([probe], { at, heartbeatSeconds: interval, client }));
    expect(total).toBeGreaterThan(4);
    for (const when of ['before', 'after'] as const) {
      for (let nth = 0; nth < total; nth += 1) {
        await beatAt(probe, start);
        const before = [await history(probe), await toldOf(probe, mate)] as const;
        const { client } = faultyClient(dies(when, nth));
        await sweepHere([probe], { at, heartbeatSeconds: interval, client }).catch(() => undefined);
        await sweep([probe], at);
        expect(await history(probe), `${when} call ${nth}`).toEqual([...before[0], 'unreachable']);
        expect(await toldOf(probe, mate)).toBe(before[1] + 1);
      }
    }
  }, 120_000);
});
