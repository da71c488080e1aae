import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { admissionKeys } from '../../functions/shared/principal.ts';
import { discrepancies } from '../support/consistency.ts';
import { Crash, type Fault, faultyClient } from '../support/in-process.ts';
import { entriesBy } from '../support/ledger.ts';
import { humanWith } from '../support/organization.ts';
import { type Answered, ask, directoryHere } from '../support/slices.ts';
import { call, entriesOf, exampleOrganization, importExample, type Reply, world } from '../support/world.ts';

const operator = humanWith('operator');
const run = Date.now();

type Named = { id: string; [field: string]: unknown };
type Document = { domains: Named[]; teams: Named[]; agents: Named[]; humans: Named[]; [part: string]: unknown };

/** The example organization with this deployment's clients, to be changed by a test. */
const example = (): Document => parse(exampleOrganization()) as Document;

const anAgent = (id: string, more: Record<string, unknown> = {}): Named => ({
  id,
  name: `Agent ${id}`,
  team: 'checkout',
  skills: [
    { name: 'typescript', proficiency: 3 },
    { name: 'testing', proficiency: 4 },
  ],
  capacity: 2,
  cost_rate_micro_usd_per_hour: 1_000_000,
  owner: 'The test',
  ...more,
});

const put = (body: unknown, type = 'application/json', query = ''): Promise<Reply> =>
  call('PUT', `/organization${query}`, { as: operator, body, headers: { 'content-type': type } });

const named = (records: { id: string }[]): string[] => records.map(({ id }) => id);

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('an import', () => {
  const [stays, leaves, joins] = [`agt_stays_${run}`, `agt_leaves_${run}`, `agt_joins_${run}`];
  const team = { id: `team_${run}`, name: 'Team of the test', domain: 'product' };

  it('[DIR-2] creates, changes and retires, and says which; each record has its entry', async () => {
    const { client_id } = example().teams[0] as Named;
    const before = example();
    before.teams.push({ ...team, client_id });
    before.agents.push(anAgent(stays), anAgent(leaves, { team: team.id }));
    const first = await put(before);
    expect(first, first.text).toMatchObject({ status: 200, body: { changed: [], retired: [] } });
    expect(named(first.body.created)).toEqual([team.id, stays, leaves]);
    const after = example();
    after.agents.push(anAgent(stays, { capacity: 9 }), anAgent(joins));
    const { body } = await put(after);
    expect(body).toMatchObject({
      created: [{ kind: 'agent', id: joins }],
      changed: [{ kind: 'agent', id: stays }],
      retired: [
        { kind: 'agent', id: leaves },
        { kind: 'team', id: team.id },
      ],
    });
    expect((await call('GET', `/agents/${stays}`, { as: operator })).body).toMatchObject({ capacity: 9, version: 2 });
    expect((await call('GET', `/agents/${leaves}`, { as: operator })).body).toMatchObject({ status: 'retired' });
    expect((await call('GET', `/teams/${team.id}`, { as: operator })).body).toMatchObject({ status: 'retired' });
    const entries = await Promise.all(
      [`agent/${stays}`, `agent/${leaves}`, `agent/${joins}`, `team/${team.id}`, `import/${body.import_id}`].map(
        entriesOf,
      ),
    );
    expect(entries.map((of) => of.map(({ details }) => details.decision))).toEqual([
      ['registered', 'changed'],
      ['registered', 'retired'],
      ['registered'],
      ['registered', 'retired'],
      ['imported'],
    ]);
  });

  it('[DIR-2] of the same document, as YAML or as JSON, changes nothing and writes nothing', async () => {
    const document = example();
    expect((await put(document)).status).toBe(200);
    const before = await entriesBy(operator);
    const [asJson, asYaml] = [await put(document), await put(exampleOrganization(), 'application/yaml')];
    for (const { status, body } of [asJson, asYaml]) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ import_id: null, created: [], changed: [], retired: [] });
      expect(body.unchanged_count).toBeGreaterThan(40);
    }
    expect(asYaml.body.digest).toBe(asJson.body.digest);
    expect(await entriesBy(operator)).toEqual(before);
  });

  it('[DIR-2] can be tried without doing it', async () => {
    const document = example();
    const id = `agt_dry_${run}`;
    document.agents.push(anAgent(id));
    const { body } = await put(document, 'application/json', '?dry_run=true');
    expect(body).toMatchObject({ dry_run: true, import_id: null, created: [{ kind: 'agent', id }] });
    expect(await call('GET', `/agents/${id}`, { as: operator })).toMatchObject({ status: 404 });
  });

  it('[DIR-2] lifts neither a pause nor any other status, which no document gives', async () => {
    const id = `agt_paused_${run}`;
    const document = example();
    document.agents.push(anAgent(id));
    expect((await put(document)).status).toBe(200);
    const body = { status: 'paused' };
    const paused = await call('PATCH', `/agents/${id}`, { as: operator, body, headers: { 'if-match': '"v1"' } });
    expect(paused.status, paused.text).toBe(200);
    expect((await put(document)).body).toMatchObject({ changed: [] });
    expect((await call('GET', `/agents/${id}`, { as: operator })).body).toMatchObject({ status: 'paused', version: 2 });
  });

  it('[DIR-2] brings back nobody who was retired', async () => {
    const document = example();
    document.agents.push(anAgent(leaves));
    const { status, body } = await put(document);
    expect(status).toBe(422);
    expect(body.errors).toEqual([
      expect.objectContaining({ pointer: `/body/agents/${document.agents.length - 1}/id` }),
    ]);
  });
});

describe('a faulty document', () => {
  const last = example().agents.length;
  const fresh = (nth: number): string => `agt_faulty_${nth}_${run}`;
  const sound = (): Document => ({ ...example(), agents: [...example().agents, anAgent(fresh(0))] });
  const dangling = (document: Document): void => void document.agents.push(anAgent(fresh(1), { team: 'nowhere' }));
  const twice = (document: Document): void => void document.agents.push(anAgent(fresh(0)));
  const asHuman = (document: Document): void =>
    void document.humans.push({ id: fresh(0), name: 'Twin', roles: [], client_id: 'some-client' });
  const homeless = (document: Document): void =>
    void document.teams.push({ id: `team_homeless_${run}`, name: 'Homeless', domain: 'nowhere', client_id: 'c' });
  const malformed = (document: Document): void =>
    void document.agents.push(anAgent(fresh(2), { capacity: 0, surprise: true }));

  const faults: [string, ((document: Document) => void)[], string[]][] = [
    ['a dangling team', [dangling], [`/body/agents/${last + 1}/team`]],
    ['a duplicate id', [twice], [`/body/agents/${last + 1}/id`]],
    ['a duplicate id of another kind', [asHuman], [`/body/humans/${example().humans.length}/id`]],
    ['a dangling domain', [homeless], [`/body/teams/${example().teams.length}/domain`]],
    ['fields that are wrong', [malformed], [`/body/agents/${last + 1}/capacity`, `/body/agents/${last + 1}/surprise`]],
    [
      'a dangling team, a duplicate id and a wrong field at once',
      [dangling, twice, malformed],
      [
        `/body/agents/${last + 1}/team`,
        `/body/agents/${last + 2}/id`,
        `/body/agents/${last + 3}/capacity`,
        `/body/agents/${last + 3}/surprise`,
      ],
    ],
  ];

  it.each(faults)('[DIR-2] with %s changes nothing and names each fault by its pointer', async (_, spoil, pointers) => {
    const document = sound();
    for (const one of spoil) one(document);
    const before = await entriesBy(operator);
    const { status, body } = await put(document);
    expect(status).toBe(422);
    expect(body.code).toBe('OrganizationInvalid');
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual(pointers.toSorted());
    expect(await entriesBy(operator)).toEqual(before);
    expect(await call('GET', `/agents/${fresh(0)}`, { as: operator })).toMatchObject({ status: 404 });
  });

  it('[DIR-2] that is no document at all is refused, in YAML as in JSON', async () => {
    expect(await put('- just\n- a list\n', 'application/yaml')).toMatchObject({ status: 422 });
    expect(await put('a: [unclosed', 'application/yaml')).toMatchObject({ status: 400 });
    expect(await put('{"a":', 'application/json')).toMatchObject({ status: 400 });
  });
});

describe('an import that is cut short', () => {
  const agents = Array.from({ length: 120 }, (_, nth) => anAgent(`agt_many_${nth}_${run}`));
  const document = (): Document => ({ ...example(), agents: [...example().agents, ...agents] });
  const importHere = async (fault: Fault): Promise<Answered> => {
    const { client } = faultyClient(fault);
    const request = { as: operator, runtime: 'operator', body: document() };
    return ask(await directoryHere({ client }), 'PUT', '/organization', request);
  };
  /** Crashes before the nth transaction and at every later one. */
  const crashAt = (nth: number): Fault => {
    let transactions = 0;
    return {
      before: ({ command }) => {
        if (command !== 'TransactWriteItemsCommand') return undefined;
        transactions += 1;
        return transactions >= nth ? new Crash(`at transaction ${transactions}`) : undefined;
      },
    };
  };
  const imports = async () => (await entriesBy(operator)).filter(({ subject }) => subject.startsWith('import/'));
  const there = async (): Promise<string[]> => {
    const found = await world().state.getMany(agents.map(({ id }) => admissionKeys.principal(id)));
    return found.flatMap((item) => (item ? [String(item.id)] : []));
  };

  it('[DIR-2] [AUD-2] between two chunks leaves whole chunks, and the same document again completes it', async () => {
    expect((await put(example())).status).toBe(200);
    const before = await imports();
    expect(await importHere(crashAt(3))).toMatchObject({ status: 500 });
    const part = await there();
    expect(part.length).toBeGreaterThan(0);
    expect(part.length).toBeLessThan(agents.length);
    expect(await imports()).toHaveLength(before.length);
    expect((await discrepancies()).found).toEqual([]);
    const { status, body } = await importHere({});
    expect(status).toBe(200);
    expect(named(body.created).toSorted()).toEqual(
      named(agents)
        .filter((id) => !part.includes(id))
        .toSorted(),
    );
    expect(await there()).toEqual(named(agents));
    expect(await imports()).toHaveLength(before.length + 1);
    expect((await discrepancies()).found).toEqual([]);
  });

  it('[DIR-2] [AUD-2] whose last answer was lost has nothing left to do', async () => {
    const before = await entriesBy(operator);
    expect(await importHere({})).toMatchObject({ status: 200, body: { import_id: null, created: [], changed: [] } });
    expect(await entriesBy(operator)).toHaveLength(before.length);
  });
});
