import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../functions/shared/clock.ts';
import { discrepancies, limitDiscrepancies } from '../support/consistency.ts';
import { invoke } from '../support/functions.ts';
import { anEvent, authorityHere, Crash, type Fault, faultyClient, lambdaContext } from '../support/in-process.ts';
import { aDayOf, aTeam, consuming, limitOf, limitsListed, setLimit, usedOf } from '../support/limits.ts';
import { agentOf, enterpriseOrchestrator, orchestratorOf } from '../support/organization.ts';
import { listenTo, subscribeTo } from '../support/queues.ts';
import { type ApiHandler, ask, limitsHere } from '../support/slices.ts';
import { togetherClient } from '../support/together.ts';
import { call, entriesOf, importExample, type Reply, world } from '../support/world.ts';

const orchestrator = orchestratorOf('product');
const propose = (as: string, body: unknown): Promise<Reply> => call('POST', '/decisions', { as, body });
const outcome = (as: string, id: string, body: object): Promise<Reply> =>
  call('POST', `/decisions/${id}/outcome`, { as, body: { summary: 'Done.', ...body } });

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('the limits of a new deployment', () => {
  it('[LIM-1] are there as data: for the enterprise, and by default for each domain, team and agent', async () => {
    const listed = await limitsListed();
    const names = listed.filter(({ quotas }) => quotas !== null).map(({ kind, id }) => `${kind}/${id}`);
    for (const name of ['default/agent', 'default/domain', 'default/team', 'enterprise/enterprise']) {
      expect(names).toContain(name);
      const [entry] = await entriesOf(`limit/${name}`);
      expect(entry).toMatchObject({ agent_id: 'orchestra_seed', sequence: 1, retention: 'compliance' });
    }
    expect(await limitOf('default/agent')).toMatchObject({ version: 1, set_by: 'default/agent' });
    expect((await limitOf('default/agent')).quotas[0]).toMatchObject({ used: null, remaining: null });
  });

  it('[LIM-1] apply to whoever has none of its own, and show what is used, up to the enterprise', async () => {
    const { team, agents } = await aTeam(1);
    const [agent = ''] = agents;
    const scopes = [`agent/${agent}`, `team/${team}`, 'domain/product', 'enterprise/enterprise'];
    const before = await Promise.all(scopes.map((scope) => usedOf(scope)));
    const { body } = await propose(agent, consuming(70));
    expect(body).toMatchObject({
      verdict: 'allowed',
      reservation: { state: 'reserved', amounts: { tokens: 70, api_calls: 1 }, expires_at: body.outcome_due_at },
    });
    expect(body.reservation.charges.map(({ limit }: { limit: string }) => limit)).toEqual(scopes);
    const after = await Promise.all(scopes.map((scope) => usedOf(scope)));
    expect(after).toEqual(before.map((used) => (used ?? 0) + 70));
    expect(await limitOf(`agent/${agent}`)).toMatchObject({ version: 0, set_by: 'default/agent' });
    expect(await usedOf(`agent/${agent}`, 'api_calls')).toBe(1);
  });

  it('[LIM-1] are no limits for what does not exist', async () => {
    for (const scope of ['agent/agt_nobody', 'team/no_team', 'domain/nowhere', 'enterprise/another', 'default/human']) {
      expect(await call('GET', `/limits/${scope}`, { as: orchestrator })).toMatchObject({ status: 404 });
    }
  });

  it('[LIM-1] count for orchestrators and humans too', async () => {
    const before = await usedOf(`agent/${enterpriseOrchestrator}`, 'api_calls');
    const { body } = await propose(enterpriseOrchestrator, { ...consuming(1), type: 'resource_allocation' });
    expect(body.verdict, JSON.stringify(body.reasons)).toBe('allowed');
    expect(body.reservation.charges).toHaveLength(2);
    expect(await usedOf(`agent/${enterpriseOrchestrator}`, 'api_calls')).toBe((before ?? 0) + 1);
  });
});

describe('a decision that its limits do not allow', () => {
  it('[LIM-1] is denied where no limit is set: the reason names scope and dimension, the entry tells of it', async () => {
    const { agents } = await aTeam(1);
    const [agent = ''] = agents;
    expect(await setLimit(`agent/${agent}`, orchestrator, [])).toMatchObject({ status: 200, body: { quotas: [] } });
    const { status, body } = await propose(agent, consuming(5));
    expect(status).toBe(201);
    expect(body).toMatchObject({ verdict: 'denied', receipt: null, reservation: null, outcome_due_at: null });
    expect(body.reasons.at(-1)).toEqual({
      source: 'limits',
      code: 'LimitMissing',
      detail: `No limit of tokens is set for agent/${agent}, so nothing may be consumed.`,
    });
    const [entry, ...more] = await entriesOf(`decision/${body.id}`);
    expect(more).toEqual([]);
    expect(entry?.details.outcome).toContain('No limit of tokens');
  });

  it('[LIM-3] is denied at 100 %, with what is left and when to try again; nothing of it is recorded as spent', async () => {
    const { team, agents } = await aTeam(2);
    const [one = '', two = ''] = agents;
    await setLimit(`team/${team}`, orchestrator, aDayOf(100));
    const first = await propose(one, consuming(90));
    expect(first.body.verdict).toBe('allowed');
    const policies = first.headers.get('ratelimit-policy') ?? '';
    expect(policies).toMatch(/^"principal";q=\d+;w=60, .*"agent-tokens-day";q=100000000;w=86400/);
    expect(first.headers.get('ratelimit')).toMatch(/"agent-tokens-day";r=99999910;t=\d+/);
    expect(first.headers.get('retry-after')).toBeNull();
    const second = await propose(two, consuming(20));
    expect(second.body.verdict).toBe('denied');
    expect(second.body.reasons.at(-1)).toMatchObject({ source: 'limits', code: 'LimitExceeded' });
    expect(second.body.reasons.at(-1).detail).toContain(`team/${team} has 10 of 100 tokens left in the day`);
    const reset = Number(second.headers.get('retry-after'));
    expect(reset).toBeGreaterThan(0);
    expect(reset).toBeLessThanOrEqual(86_400);
    expect(second.headers.get('ratelimit')).toContain(`"team-tokens-day";r=10;t=${reset}`);
    expect(await usedOf(`team/${team}`)).toBe(90);
    expect(await usedOf(`agent/${two}`)).toBe(0);
    const tool = {
      tool: { name: agentOf('product').approved_tools[0], arguments_digest: `sha256:${'ab'.repeat(32)}` },
    };
    const toolCall = await propose(two, consuming(20, { type: 'tool_selection', ...tool }));
    expect(toolCall.body).toMatchObject({ verdict: 'denied', receipt: null });
  });

  it('[LIM-3] warns people once at 80 % and once at 100 %, as record, entry, event and message', async () => {
    const { team, agents } = await aTeam(1);
    const [agent = ''] = agents;
    const warned = await subscribeTo(world().output('TopicWarn'));
    const types = ['orchestra.limit.warned.v1', 'orchestra.limit.reached.v1'];
    const published = await listenTo('product', { detail: { type: types } });
    await setLimit(`agent/${agent}`, orchestrator, aDayOf(100));
    for (const tokens of [79, 1, 1, 40, 40]) await propose(agent, consuming(tokens));
    const events = await published.until(2, ({ detail }) => detail.subject === `limit/agent/${agent}`);
    expect(events.map(({ detail }) => [detail.type, detail.sequence])).toEqual([
      [types[0], '2'],
      [types[1], '3'],
    ]);
    expect(events[0]?.detail.data).toMatchObject({ used: 80, amount: 100, principal_id: agent });
    expect(events[1]?.detail.data).toMatchObject({ wanted: 40, remaining: 19 });
    const told = (message: string): boolean => message.includes(`"limit/agent/${agent}"`);
    expect(await warned.until(2, told)).toHaveLength(2);
    const record = (await limitsListed()).find(({ id }) => id === agent);
    expect(record).toMatchObject({ version: 3, revision: 1, warned: { tokens_day: expect.any(String) } });
    expect(await entriesOf(`limit/team/${team}`)).toEqual([]);
  });
});

describe('many at once', () => {
  /** Verdicts of decisions that were all planned before any of them was written. */
  async function together(agents: readonly string[], tokens: number): Promise<string[]> {
    const handler: ApiHandler = await authorityHere({ client: togetherClient(agents.length) });
    const replies = await Promise.all(
      agents.map((as) => ask(handler, 'POST', '/decisions', { as, body: consuming(tokens) })),
    );
    for (const { status, body } of replies) expect(status, JSON.stringify(body)).toBe(201);
    return replies.map(({ body }) => body.verdict);
  }
  const allowed = (verdicts: readonly string[]): number => verdicts.filter((verdict) => verdict === 'allowed').length;

  it('[LIM-2] 20 requests of 20 agents against a limit of their team for exactly 10: 10 are allowed', async () => {
    const { team, agents } = await aTeam(20);
    await setLimit(`team/${team}`, orchestrator, aDayOf(100));
    expect(allowed(await together(agents, 10))).toBe(10);
    expect((await limitOf(`team/${team}`)).quotas[0]).toMatchObject({ used: 100, remaining: 0 });
    expect((await propose(agents[0] ?? '', consuming(1))).body.verdict).toBe('denied');
  });

  it('[LIM-2] 20 requests of one agent against its own limit for exactly 10: 10 are allowed', async () => {
    const { agents } = await aTeam(1);
    const [agent = ''] = agents;
    await setLimit(`agent/${agent}`, orchestrator, aDayOf(109));
    const verdicts = await together(
      Array.from({ length: 20 }, () => agent),
      10,
    );
    expect(allowed(verdicts)).toBe(10);
    expect((await limitOf(`agent/${agent}`)).quotas[0]).toMatchObject({ used: 100, remaining: 9 });
  });

  it('[LIM-3] a limit that is lowered meanwhile binds before that is answered', async () => {
    const { team, agents } = await aTeam(10);
    await setLimit(`team/${team}`, orchestrator, aDayOf(100_000));
    const [authority, limits]: ApiHandler[] = await Promise.all([authorityHere(), limitsHere()]);
    const decide = async (n: number): Promise<string> => {
      const as = agents[n % agents.length] ?? '';
      const { status, body } = await ask(authority as ApiHandler, 'POST', '/decisions', { as, body: consuming(10) });
      expect(status, JSON.stringify(body)).toBe(201);
      return body.verdict;
    };
    const verdicts = await Promise.all(agents.map((_, n) => decide(n)));
    const lowering = new AbortController();
    const working = agents.map(async (_, n) => {
      while (!lowering.signal.aborted) verdicts.push(await decide(n));
      // One that was begun after the answer, too.
      verdicts.push(await decide(n));
    });
    const lowered = await ask(limits as ApiHandler, 'PUT', `/limits/team/${team}`, {
      as: orchestrator,
      runtime: 'orchestration',
      body: { quotas: aDayOf(50) },
      headers: { 'if-match': '"v1"' },
    });
    expect(lowered.status, JSON.stringify(lowered.body)).toBe(200);
    const atAnswer = lowered.body.quotas[0].used as number;
    lowering.abort();
    await Promise.all(working);
    const used = (await limitOf(`team/${team}`)).quotas[0]?.used ?? 0;
    expect(used).toBe(10 * allowed(verdicts));
    expect(verdicts.slice(-agents.length)).not.toContain('allowed');
    expect(used).toBeLessThanOrEqual(atAnswer);
    expect((await propose(agents[0] ?? '', consuming(1))).body.verdict).toBe('denied');
  });
});

describe('a reservation', () => {
  /** An agent with a limit of its own, and a decision of it that holds 400 tokens. */
  async function holding(now?: Clock, tokens = 1_000): Promise<{ agent: string; id: string; scope: string }> {
    const { agents } = await aTeam(1);
    const [agent = ''] = agents;
    const scope = `agent/${agent}`;
    await setLimit(scope, orchestrator, aDayOf(tokens));
    const handler: ApiHandler = await authorityHere(now ? { now } : {});
    const { body } = await ask(handler, 'POST', '/decisions', { as: agent, body: consuming(400) });
    expect(body.verdict, JSON.stringify(body)).toBe('allowed');
    expect(await usedOf(scope)).toBe(400);
    return { agent, id: body.id, scope };
  }

  it('[LIM-2] is settled with the outcome at what was really consumed; what was abandoned gives all back', async () => {
    const { agent, id, scope } = await holding();
    const settled = await outcome(agent, id, { result: 'succeeded', actual: { tokens: 150 } });
    expect(settled.body).toMatchObject({ version: 2, reservation: { state: 'settled', amounts: { tokens: 150 } } });
    expect(await usedOf(scope)).toBe(150);
    const { body } = await propose(agent, consuming(500));
    expect(await usedOf(scope)).toBe(650);
    await outcome(agent, body.id, { result: 'abandoned' });
    expect(await usedOf(scope)).toBe(150);
  });

  it('[LIM-3] whose overrun does not fit is capped at the limit, reported and told of', async () => {
    const { agent, id, scope } = await holding();
    const { body } = await outcome(agent, id, { result: 'failed', actual: { tokens: 5_000 } });
    expect(body.outcome).toMatchObject({ actual: { tokens: 5_000 }, overrun: { tokens: 4_000 } });
    expect(body.reservation).toMatchObject({ state: 'settled', amounts: { tokens: 1_000 } });
    expect((await limitOf(scope)).quotas[0]).toMatchObject({ used: 1_000, remaining: 0 });
    const entries = await entriesOf(`limit/${scope}`);
    expect(entries.map(({ summary }) => summary)).toContain(`Overrun of 4000 tokens beyond the limit of ${scope}`);
  });

  it('[LIM-2] that nobody settles goes back when its outcome is due; a late outcome is charged anew', async () => {
    const { agent, id, scope } = await holding(() => new Date(Date.now() - 25 * 3_600_000));
    expect((await invoke('authority-sweeper', {})).error).toBeUndefined();
    expect(await usedOf(scope)).toBe(0);
    const path = `/decisions/${id}`;
    expect((await call('GET', path, { as: agent })).body).toMatchObject({
      outcome_overdue: true,
      reservation: { state: 'expired' },
    });
    await invoke('authority-sweeper', {});
    expect(await usedOf(scope)).toBe(0);
    await outcome(agent, id, { result: 'succeeded', actual: { tokens: 300 } });
    expect(await usedOf(scope)).toBe(300);
  });

  it('[LIM-2] is settled once, whatever call the process does not survive, and however often it is repeated', async () => {
    const settle = async (id: string, agent: string, fault: Fault, idempotencyKey: string) => {
      const { client, calls } = faultyClient(fault);
      const handler = await authorityHere({ client });
      const body = { result: 'succeeded', summary: 'Done.', actual: { tokens: 100 } };
      const event = anEvent('POST', `/decisions/${id}/outcome`, { as: agent, body, idempotencyKey });
      return { status: (await handler(event, lambdaContext)).statusCode, calls: calls.length };
    };
    const { agent, id, scope } = await holding(undefined, 100_000);
    const { calls } = await settle(id, agent, {}, randomUUID());
    expect(await usedOf(scope)).toBe(100);
    expect(calls).toBeGreaterThanOrEqual(3);
    for (let point = 0; point < calls; point += 1) {
      for (const when of ['before', 'after'] as const) {
        const before = (await usedOf(scope)) ?? 0;
        const { body } = await propose(agent, consuming(200));
        const key = randomUUID();
        const crash = { [when]: ({ nth }: { nth: number }) => (nth === point ? new Crash(when) : undefined) };
        expect((await settle(body.id, agent, crash, key)).status).toBeGreaterThanOrEqual(500);
        expect((await settle(body.id, agent, {}, key)).status).toBe(200);
        expect(await usedOf(scope), `${when} call ${point}`).toBe(before + 100);
      }
    }
  });
});

describe('in the end', () => {
  it('[LIM-2] [AUD-2] what all purses have used is what all decisions hold, and the state agrees with the ledger', async () => {
    const { compared, found } = await limitDiscrepancies();
    expect(compared).toBeGreaterThan(20);
    expect(found).toEqual([]);
    expect((await discrepancies()).found).toEqual([]);
  });
});
