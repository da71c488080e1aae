import { beforeAll, describe, expect, it } from 'vitest';
import { mint } from '../support/issuers.ts';
import { refusalsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator, example, humanWith, orchestratorOf } from '../support/organization.ts';
import { pagesOf } from '../support/pages.ts';
import { ask, directoryHere } from '../support/slices.ts';
import { togetherClient } from '../support/together.ts';
import { call, clientIdOf, entriesOf, importExample, type Reply, world } from '../support/world.ts';

const run = Date.now();
const operator = humanWith('operator');
const operating = { as: operator, runtime: 'operator' };
const product = orchestratorOf('product');
let issued = 0;
const newId = (kind: string): string => `${kind}_dir_${(issued += 1)}_${run}`;

const anAgent = (more: Record<string, unknown> = {}) => ({
  id: newId('agt'),
  name: 'An agent of the test',
  team: 'checkout',
  skills: [{ name: 'typescript', proficiency: 3 }],
  approved_tools: ['ci.run_tests'],
  roles: ['sensitive_data'],
  capacity: 3,
  cost_rate_micro_usd_per_hour: 18_000_000,
  owner: humanWith('on_call'),
  ...more,
});

const create = (path: string, body: object, as = enterpriseOrchestrator): Promise<Reply> =>
  call('POST', path, { as, body });

const patch = (path: string, version: number, body: object, as = enterpriseOrchestrator): Promise<Reply> =>
  call('PATCH', path, { as, body, headers: { 'if-match': `"v${version}"` } });

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('the organization', () => {
  it('[DIR-1] has an enterprise with its orchestrator, and domains with theirs, teams and agents', async () => {
    const { body } = await call('GET', '/organization', { as: agentOf('product').id });
    expect(body.enterprise).toMatchObject({ name: 'Halden Outfitters', status: 'active' });
    const domains = new Map<string, unknown>(body.domains.map((domain: { id: string }) => [domain.id, domain]));
    for (const { id, orchestrator } of example.domains) {
      expect(domains.get(id)).toMatchObject({ orchestrator: orchestrator.id, status: 'active' });
      expect(body.teams.filter(({ domain }: { domain: string }) => domain === id).length).toBeGreaterThan(0);
    }
    expect([...domains.keys()]).toEqual(expect.arrayContaining(['product', 'platform', 'operations']));
    expect(body.counts).toMatchObject({ domains: domains.size, complete: true });
    expect(body.counts.agents.active).toBeGreaterThanOrEqual(example.agents.length);
  });

  it('[DIR-1] knows every principal as one of four kinds, with a client that it is bound to', async () => {
    const officers = (await pagesOf('/principals?limit=100&status=active', operator)).flat();
    const kinds = new Set(officers.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['domain_orchestrator', 'enterprise_orchestrator', 'human']));
    for (const { client_id } of officers) expect(client_id).toEqual(expect.any(String));
    const agent = await call('GET', `/principals/${agentOf('product').id}`, { as: operator });
    expect(agent.body).toMatchObject({ kind: 'agent', domain: 'product' });
  });

  it('[DIR-1] keeps every attribute of an agent, and says in the ledger who registered it', async () => {
    const given = anAgent();
    const made = await create('/agents', given);
    expect(made.status, made.text).toBe(201);
    const { created_at } = made.body;
    const history = {
      version: 1,
      created_at,
      updated_at: created_at,
      heartbeat_at: null,
      presence: 'unknown',
      reported: null,
    };
    const expected = { ...given, kind: 'agent', domain: 'product', status: 'active', ...history };
    const stored = await call('GET', `/agents/${given.id}`, { as: agentOf('platform').id });
    expect(stored.body).toEqual(expected);
    expect(stored.headers.get('etag')).toBe('"v1"');
    expect(await entriesOf(`agent/${given.id}`)).toMatchObject([
      { agent_id: enterpriseOrchestrator, domain: 'product', sequence: 1, retention: 'significant' },
    ]);
  });

  it('[DIR-1] takes more domains where the deployment has a bus for them, and no others', async () => {
    const id = `research-${run}`;
    const refused = await create('/domains', { id, name: 'Research' });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'DomainNotProvisioned', errors: [{ pointer: '/body/id' }] },
    });
    const here = await directoryHere({ provisioned: ['product', id] });
    const added = { ...operating, body: { id, name: 'Research' } };
    expect(await ask(here, 'POST', '/domains', added)).toMatchObject({ status: 201 });
    const orchestrator = { kind: 'domain_orchestrator', id: newId('orc'), name: 'Orchestrator', domain: id };
    const led = await create('/principals', { ...orchestrator, client_id: clientIdOf('orchestration') });
    expect(led.status, led.text).toBe(201);
    const domain = await call('GET', `/domains/${id}`, { as: operator });
    expect(domain.body).toMatchObject({ orchestrator: orchestrator.id, version: 2 });
    expect((await entriesOf(`domain/${id}`)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it.each([
    ['a team that is not there', { team: 'nowhere' }, '/body/team'],
    ['an owner who is not there', { owner: 'hum_nobody' }, '/body/owner'],
    ['a domain that is not its team’s', { domain: 'platform' }, '/body/domain'],
    [
      'a skill named twice',
      { skills: [1, 2].map((proficiency) => ({ name: 'go', proficiency })) },
      '/body/skills/1/name',
    ],
    ['a reserved id', { id: 'orchestra_relay' }, '/body/id'],
  ])('[DIR-1] refuses an agent with %s, and records nothing', async (_, fault, pointer) => {
    const given = anAgent(fault);
    const { status, body } = await create('/agents', given);
    expect({ status, pointers: body.errors.map((one: { pointer: string }) => one.pointer) }).toEqual({
      status: 422,
      pointers: [pointer],
    });
    expect(await entriesOf(`agent/${given.id}`)).toEqual([]);
  });
});

describe('lists', () => {
  const [first, second] = [newId('team'), newId('team')];
  const skill = `skill-${run}`;
  type Listed = { id: string; domain: string; team: string; status: string; skills: { name: string }[] };

  beforeAll(async () => {
    for (const [id, domain] of [
      [first, 'product'],
      [second, 'platform'],
    ] as const) {
      const team = { id, name: id, domain, client_id: clientIdOf(`${domain}-runtime`) };
      expect(await create('/teams', team)).toMatchObject({ status: 201 });
    }
    for (let one = 0; one < 48; one += 1) {
      const skills = one % 3 === 0 ? [] : [{ name: skill, proficiency: 1 + (one % 5) }];
      const made = await create('/agents', anAgent({ team: one % 2 ? first : second, skills }));
      expect(made.status, made.text).toBe(201);
      const status = one % 4 === 0 ? 'paused' : one % 7 === 0 ? 'retired' : undefined;
      if (status) expect(await patch(`/agents/${made.body.id}`, 1, { status })).toMatchObject({ status: 200 });
    }
  });

  const filters = [undefined, 'product', 'platform'].flatMap((domain) =>
    [undefined, first, second].flatMap((team) =>
      [undefined, skill].flatMap((named) =>
        [undefined, 'active', 'paused', 'retired'].map((status) => ({ domain, team, skill: named, status })),
      ),
    ),
  );

  it('[DIR-3] of agents by domain, team, skill and status, alone and together, give what matches and nothing else', async () => {
    const all = (await pagesOf<Listed>('/agents?limit=100', operator)).flat();
    expect(filters).toHaveLength(72);
    let shown = 0;
    for (const filter of filters) {
      const given = Object.entries(filter).flatMap(([name, value]): [string, string][] =>
        value ? [[name, value]] : [],
      );
      const query = new URLSearchParams([...given, ['limit', '37']]).toString();
      const found = (await pagesOf<Listed>(`/agents?${query}`, operator)).flat().map(({ id }) => id);
      const matching = all
        .filter((one) =>
          given.every(([name, value]) => name === 'skill' || new Map(Object.entries(one)).get(name) === value),
        )
        .filter(({ skills }) => filter.skill === undefined || skills.some(({ name }) => name === filter.skill));
      expect(found.toSorted(), query).toEqual(matching.map(({ id }) => id).toSorted());
      shown += found.length;
    }
    expect(shown).toBeGreaterThan(500);
  });

  it('[DIR-3] are paged without a gap or a repetition, while others are added', async () => {
    const path = `/agents?team=${first}&limit=3`;
    const before = (await pagesOf<Listed>(`/agents?team=${first}&limit=100`, operator)).flat();
    const added: string[] = [];
    const pages = await pagesOf<Listed>(path, operator, async () => {
      const made = await create('/agents', anAgent({ team: first }));
      added.push(made.body.id);
    });
    const seen = pages.flat().map(({ id }) => id);
    expect(pages.length).toBeGreaterThanOrEqual(8);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(before.map(({ id }) => id)));
    expect([...before.map(({ id }) => id), ...added]).toEqual(expect.arrayContaining(seen));
  });

  it('[DIR-3] of teams by domain and status, and of domains', async () => {
    const ids = async (path: string): Promise<string[]> => (await pagesOf(path, operator)).flat().map(({ id }) => id);
    expect(await ids('/teams?domain=product&limit=2')).toEqual(expect.arrayContaining([first, 'checkout', 'catalog']));
    expect(await ids('/teams?domain=product&limit=100')).not.toContain(second);
    expect(await ids('/teams?status=retired&limit=100')).not.toContain(first);
    expect(await ids('/domains?limit=1')).toEqual(expect.arrayContaining(['operations', 'platform', 'product']));
  });
});

describe('the board', () => {
  it('[AUT-6] is changed by its members, never by the operator, who could be the second of two people otherwise', async () => {
    const client_id = clientIdOf('operator');
    const ghost = { kind: 'human', id: newId('hum'), name: 'Ghost', roles: ['board_member'], client_id };
    const refused = await call('POST', '/principals', { as: operator, body: ghost });
    expect(refused).toMatchObject({ status: 403, body: { code: 'RoleMissing' } });
    const { body: own, headers } = await call('GET', `/principals/${operator}`, { as: operator });
    const seen = { 'if-match': headers.get('etag') ?? '' };
    const body = { roles: [...own.roles, 'board_member'] };
    expect(await call('PATCH', `/principals/${operator}`, { as: operator, headers: seen, body })).toMatchObject({
      status: 403,
      body: { code: 'RoleMissing' },
    });
    const member = humanWith('board_member');
    const read = await call('GET', `/principals/${member}`, { as: operator });
    const bound = { 'if-match': read.headers.get('etag') ?? '' };
    const rebound = { as: operator, headers: bound, body: { client_id, subject: null } };
    expect(await call('PATCH', `/principals/${member}`, rebound)).toMatchObject({ status: 403 });
    expect(await refusalsOf(operator, 'RoleMissing')).toBeGreaterThanOrEqual(3);
    expect(await call('POST', '/principals', { as: member, body: ghost })).toMatchObject({ status: 201 });
    expect(await entriesOf(`principal/${ghost.id}`)).toHaveLength(1);
  });
});

describe('a change', () => {
  const made = async (more: Record<string, unknown> = {}): Promise<string> => {
    const reply = await create('/agents', anAgent(more));
    expect(reply.status, reply.text).toBe(201);
    return reply.body.id;
  };

  it('[DIR-3] changes what it names and nothing else, and says in the ledger what was there before', async () => {
    const id = await made({ client_id: 'some-client' });
    const before = (await call('GET', `/agents/${id}`, { as: operator })).body;
    const { client_id: _, ...rest } = before;
    const change = { capacity: 5, client_id: null, reason: 'It grew' };
    const { body, headers } = await patch(`/agents/${id}`, 1, change);
    expect(body).toEqual({ ...rest, capacity: 5, version: 2, updated_at: body.updated_at });
    expect(headers.get('etag')).toBe('"v2"');
    const [, entry] = await entriesOf(`agent/${id}`);
    expect(entry).toMatchObject({ sequence: 2, details: { reasoning: 'It grew' } });
    expect(entry?.details.context.split('\n')).toEqual(['capacity: 3 -> 5', 'client_id: "some-client" -> none']);
  });

  it('[DIR-3] that changes nothing writes nothing', async () => {
    const id = await made();
    expect(await patch(`/agents/${id}`, 1, { capacity: 3 })).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await entriesOf(`agent/${id}`)).toHaveLength(1);
  });

  it('[DIR-3] out of retirement, or of what is no field, is refused', async () => {
    const id = await made();
    expect(await patch(`/agents/${id}`, 1, { heartbeat_at: null })).toMatchObject({ status: 422 });
    expect(await patch(`/agents/${id}`, 1, { status: 'retired' })).toMatchObject({ status: 200 });
    for (const body of [{ status: 'active' }, { capacity: 1 }]) {
      expect(await patch(`/agents/${id}`, 2, body)).toMatchObject({
        status: 409,
        body: { code: 'StatusChangeRefused' },
      });
    }
    expect(await entriesOf(`agent/${id}`)).toHaveLength(2);
  });

  it('[DIR-3] of one’s own status is refused, whoever one is', async () => {
    const { headers } = await call('GET', `/principals/${operator}`, { as: operator });
    const reply = await call('PATCH', `/principals/${operator}`, {
      as: operator,
      body: { status: 'retired' },
      headers: { 'if-match': headers.get('etag') ?? '' },
    });
    expect(reply).toMatchObject({ status: 409, body: { code: 'StatusChangeRefused' } });
  });

  it('[DIR-3] by a domain orchestrator stays in its own domain; what goes beyond is refused and audited', async () => {
    const [own, foreign] = [await made(), await made({ team: 'security' })];
    expect(await patch(`/agents/${own}`, 1, { capacity: 4 }, product)).toMatchObject({ status: 200 });
    const before = await refusalsOf(product, 'OutsideOwnDomain');
    const attempts = [
      patch(`/agents/${foreign}`, 1, { capacity: 4 }, product),
      patch(`/agents/${own}`, 2, { team: 'security' }, product),
      create('/agents', anAgent({ team: 'security' }), product),
      patch('/domains/platform', 1, { name: 'Ours' }, product),
    ];
    for (const reply of await Promise.all(attempts)) {
      expect(reply).toMatchObject({ status: 403, body: { code: 'OutsideOwnDomain' } });
    }
    expect(await refusalsOf(product, 'OutsideOwnDomain')).toBe(before + 4);
    expect(await entriesOf(`agent/${foreign}`)).toHaveLength(1);
    expect(await entriesOf(`agent/${own}`)).toHaveLength(2);
  });

  it('[DIR-3] by an agent is refused even with the scope, by a human without the role too', async () => {
    const id = await made();
    const { trustedIssuer } = world().deployment;
    const claims = { client_id: clientIdOf('product-runtime'), scope: 'orchestra/directory:write' };
    const agent = agentOf('product').id;
    const token = await mint(trustedIssuer, claims);
    const change = { as: agent, token, body: { capacity: 9 }, headers: { 'if-match': '"v1"' } };
    const before = await refusalsOf(agent, 'PrincipalKindRefused');
    expect(await call('PATCH', `/agents/${id}`, change)).toMatchObject({ body: { code: 'PrincipalKindRefused' } });
    expect(await refusalsOf(agent, 'PrincipalKindRefused')).toBe(before + 1);
    const auditor = await patch(`/agents/${id}`, 1, { capacity: 9 }, humanWith('auditor'));
    expect(auditor).toMatchObject({ status: 403, body: { code: 'RoleMissing' } });
    expect(await entriesOf(`agent/${id}`)).toHaveLength(1);
  });

  it('[DIR-3] made 20 times at once on the same version is made once', async () => {
    const id = await made();
    const attempts = Array.from({ length: 20 }, (_, nth) => patch(`/agents/${id}`, 1, { capacity: nth + 10 }));
    const replies = await Promise.all(attempts);
    const won = replies.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    for (const { status } of replies) expect([200, 409, 412]).toContain(status);
    const { body } = await call('GET', `/agents/${id}`, { as: operator });
    expect(body).toMatchObject({ version: 2, capacity: won[0]?.body.capacity });
    expect((await entriesOf(`agent/${id}`)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('[DIR-3] made 20 times on what all of them have read is made once, and 409 for the others', async () => {
    const id = await made();
    const here = await directoryHere({ client: togetherClient(20) });
    const attempts = Array.from({ length: 20 }, (_, nth) => {
      const headers = { 'if-match': '"v1"' };
      return ask(here, 'PATCH', `/agents/${id}`, { ...operating, headers, body: { capacity: nth + 10 } });
    });
    const statuses = (await Promise.all(attempts)).map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
    expect((await entriesOf(`agent/${id}`)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });
});
