import { randomInt } from 'node:crypto';
import { parse } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonOf } from '../../functions/shared/env.ts';
import { problems } from '../../functions/shared/errors.ts';
import { discrepancies, everyEntry } from '../support/consistency.ts';
import { agentOf, enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { bodyFaults, operationAt, operations } from '../support/openapi.ts';
import { packWith } from '../support/policies.ts';
import { aProposal, aToolSelection } from '../support/proposals.ts';
import { provenEntry } from '../support/sealed.ts';
import { treeFaults } from '../support/tree.ts';
import {
  call,
  clientIdOf,
  eventually,
  exampleOrganization,
  exchange,
  importExample,
  type Reply,
  tokenFor,
  world,
} from '../support/world.ts';
import { aRequest } from '../unit/policies/fixtures.ts';
import { approvalsCast } from './fuzz-approvals.ts';
import { handoffsCast } from './fuzz-handoffs.ts';
import { dependenciesCast } from './fuzz-dependencies.ts';
import { conflictsCast } from './fuzz-conflicts.ts';
import { type Cast, fuzzRequests, type FuzzRequest, knownRequests } from './fuzz-requests.ts';
import { tasksCast } from './fuzz-tasks.ts';

const count = 2_000;
const atOnce = 8;
/** `FUZZ_SEED=n` repeats a run. */
const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));

const operator = humanWith('operator');
const made = async (path: string, body: unknown, as = operator, status = 201): Promise<Reply> => {
  const reply = await call('POST', path, { as, body });
  expect(reply.status, `${path}: ${reply.text}`).toBe(status);
  return reply;
};
const several = async <T>(n: number, make: (at: number) => Promise<T>): Promise<T[]> => {
  const all: T[] = [];
  for (let at = 0; at < n; at += 1) all.push(await make(at));
  return all;
};

/** Records that only this test knows, to be changed and retired at will; those who act are not among them. */
async function aCast(): Promise<Cast> {
  const own = `fuzz_${Date.now().toString(36)}`;
  const client_id = clientIdOf('product-runtime');
  const teams = await several(4, async (at) => {
    const body = { id: `${own}_team_${at}`, name: `Fuzz ${at}`, domain: 'product', client_id };
    return (await made('/teams', body)).body.id as string;
  });
  const agentLike = (id: string, team: string) => ({ ...agentOf('product'), id, team });
  const humanLike = (id: string) => ({ kind: 'human', id, name: 'Fuzz', client_id, roles: ['auditor'] });
  const agents = await several(10, async (at) => {
    return (await made('/agents', agentLike(`${own}_agent_${at}`, teams[at % 2] ?? ''))).body.id as string;
  });
  const officers = await several(5, async (at) => {
    return (await made('/principals', humanLike(`${own}_human_${at}`))).body.id as string;
  });
  const [actor = ''] = await several(1, async () => {
    return (await made('/agents', agentLike(`${own}_actor`, agentOf('product').team))).body.id as string;
  });
  const decisions = await several(
    8,
    async () => (await made('/decisions', aProposal('implementation_detail'), actor)).body,
  );
  for (const { entry_id } of decisions) await provenEntry(entry_id, operator);
  // Whose decisions no hold covers: what they are about can be erased.
  const author = (await made('/agents', agentLike(`${own}_author`, agentOf('product').team))).body.id as string;
  const people = await several(5, async (at) => {
    const about = aProposal('implementation_detail', { data_subject: `${own}_person_${at}` });
    return String((await made('/decisions', about, author)).body.proposal.data_subject);
  });
  const limitPaths = agents.slice(5).map((id) => `/limits/agent/${id}`);
  await several(limitPaths.length, async (at) => {
    const given = { as: operator, headers: { 'if-match': '"v0"' }, body: { quotas: [tokensOf(1_000 - at)] } };
    expect(await call('PUT', limitPaths[at] ?? '', given)).toMatchObject({ status: 200 });
  });
  const [version, simulation] = await aSimulation();
  // It asks for nothing else, so that no fuzzed proposal uses up the limits that a redemption needs.
  const asker = (await made('/agents', agentLike(`${own}_asker`, agentOf('product').team))).body.id as string;
  const approvals = await approvalsCast(made, asker);
  const tasks = await tasksCast(made, own, client_id);
  const handoffs = await handoffsCast(made, own, client_id);
  const dependencies = await dependenciesCast(made, own);
  const conflicts = await conflictsCast(made);
  const hold = { selector: { by: 'agent', value: actor }, reason: 'Fuzz' };
  const holds = await several(4, async () => (await made('/audit/holds', hold)).body.id as string);
  return {
    run: own,
    principals: [operator, actor, orchestratorOf('product'), enterpriseOrchestrator, humanWith('auditor')],
    entitled: {
      recordOutcome: actor,
      proposeDecision: actor,
      sendHeartbeat: actor,
      listEscalations: orchestratorOf('product'),
      ...approvals.entitled,
      ...tasks.entitled,
      ...handoffs.entitled,
      ...dependencies.entitled,
      ...conflicts.entitled,
    },
    known: {
      PrincipalId: [...agents, ...officers],
      TeamId: teams,
      DomainId: ['product', 'platform', 'operations'],
      DecisionId: decisions.map(({ id }) => id as string),
      ...approvals.known,
      ...tasks.known,
      ...handoffs.known,
      ...dependencies.known,
      ...conflicts.known,
      EntryId: decisions.map(({ entry_id }) => entry_id as string),
      HoldId: holds,
      LimitScopeId: [...agents, ...teams],
      PolicyVersionNumber: [version],
      SimulationId: [simulation],
      DataSubject: people,
    },
    paths: { '/v1/limits/{kind}/{id}': limitPaths.map((path) => `/v1${path}`) },
    ids: {
      '/v1/agents/{id}': agents,
      '/v1/agents/{id}/heartbeat': [actor],
      '/v1/principals/{id}': officers,
      ...approvals.ids,
      ...tasks.ids,
      ...handoffs.ids,
      ...dependencies.ids,
      ...conflicts.ids,
    },
    cursors: await cursors(handoffs.taker),
    // Nobody else's domain may be stopped: a change of one names a version that none has.
    harmless: { '/v1/domains/{id}': { 'if-match': '"v999999"' } },
    bodies: {
      importOrganization: () => parse(exampleOrganization()) as unknown,
      proposeDecision: () => aToolSelection('git'),
      registerAgent: (n) => agentLike(`${own}_new_${n}`, agentOf('product').team),
      changeAgent: (n) => ({ capacity: (n % 9) + 1 }),
      addTeam: (n) => ({ id: `${own}_new_team_${n}`, name: 'Fuzz', domain: 'product', client_id }),
      setLimit: (n) => ({ quotas: [tokensOf(n % 900)] }),
      changeTeam: (n) => ({ name: `Fuzz ${n}` }),
      // A hold of all of a domain would keep whatever is to be erased.
      placeHold: () => hold,
      eraseDataSubject: (n) => ({ data_subject: `${own}_person_${n % people.length}`, reason: 'Fuzz' }),
      changeOfficer: (n) => ({ name: `Fuzz ${n}` }),
      registerOfficer: (n) => humanLike(`${own}_new_human_${n}`),
      uploadPolicies: (n) => ({ policies: packWith(`fuzz-${n % 5}`, harmless), note: `Fuzz ${n}` }),
      startSimulation: (n) => ({ last: (n % 20) + 1 }),
      changeEnforcement: () => ({ mode: 'enforce', reason: 'Fuzz' }),
      evaluatePolicies: (n) => ({ request: aRequest({ estimate: { tokens: n % 5_000_000 } }) }),
      ...approvals.bodies,
      ...tasks.bodies,
      ...handoffs.bodies,
      ...dependencies.bodies,
      ...conflicts.bodies,
    },
    queries: {
      // An import for good would retire whoever is not in the document, and with them those who act here.
      importOrganization: ['dry_run=true'],
      // Exactly one selector is asked for, which a list of parameters cannot say.
      listEntries: selections(actor),
      // The first size is not to be the larger one, which a list of parameters cannot say either.
      proveConsistency: ['from=1&to=1', 'from=2&to=7', 'from=3&to=3'],
      exportEntries: [...selections(actor), ...selections(actor).map((query) => `${query}&format=ocsf`)],
    },
  };
}

const tokensOf = (amount: number) => ({ dimension: 'tokens', window: 'day', amount });
const harmless = 'forbid (principal, action, resource) when { context.decision_type == "fuzz_only" };';

/** A stored version and a simulation of it, both as a path names them. */
async function aSimulation(): Promise<[version: string, simulation: string]> {
  const { body: stored } = await made('/policies/versions', { policies: packWith('fuzz', harmless), note: 'Fuzz' });
  const { body } = await made(`/policies/${stored.version}/simulations`, { last: 10 });
  return [String(stored.version), body.id as string];
}

const selections = (actor: string): string[] => [
  `agent=${actor}`,
  `agent=${actor}&action_type=decision&limit=2`,
  'domain=product&limit=5',
  'domain=operations&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z',
  `subject=agent/${actor}`,
  'task=TASK-1042',
  `data_subject=${actor}`,
];

/** The cursor after the first item of each list that has another. */
async function cursors(taker: string): Promise<Record<string, string>> {
  const lists: [operationId: string, path: string, as: string][] = [
    ['listAgents', '/agents', operator],
    ['listTeams', '/teams', operator],
    ['listDomains', '/domains', operator],
    ['listOfficers', '/principals', operator],
    ['listLimits', '/limits', operator],
    ['listHolds', '/audit/holds', operator],
    ['listCheckpoints', '/audit/checkpoints', operator],
    ['listEscalations', '/escalations', orchestratorOf('product')],
    ['listPolicyVersions', '/policies/versions', operator],
    ['listDelegations', '/delegations', orchestratorOf('product')],
    ['listReviews', '/break-glass', operator],
    ['listTasks', '/tasks', orchestratorOf('product')],
    ['listHandoffs', '/handoffs', taker],
    ['listResources', '/resources', operator],
    ['listConflicts', '/conflicts', operator],
    ['listResolutions', '/resolutions', operator],
  ];
  const found: Record<string, string> = {};
  for (const [operationId, path, as] of lists) {
    const { body } = await call('GET', `${path}?limit=1`, { as });
    expect(body.next_cursor, path).toBeTypeOf('string');
    const next = await call('GET', `${path}?limit=1&cursor=${encodeURIComponent(body.next_cursor)}`, { as });
    expect(next.status, next.text).toBe(200);
    found[operationId] = body.next_cursor;
  }
  return found;
}

type Sent = { request: FuzzRequest; status: number; code: string | undefined; fault: string | undefined };

/** A connection that the proxy closes while it is taken up again brings no answer; asked once more, the request has one. */
async function send(request: FuzzRequest): Promise<Sent> {
  const sent = await sendOnce(request);
  return sent.fault === 'fetch failed' ? sendOnce(request) : sent;
}

async function sendOnce(request: FuzzRequest): Promise<Sent> {
  const { operation, path, as, headers, body } = request;
  const credentials = operation.isPublic
    ? {}
    : { authorization: `Bearer ${await tokenFor(as)}`, 'orchestra-principal': as };
  const given = new Headers({ ...credentials, ...headers });
  // A header that is left out on purpose must not come back with the credentials.
  for (const name of ['authorization', 'orchestra-principal'])
    if (request.change === `header ${name}: none`) given.delete(name);
  try {
    const { status, text } = await exchange(operation.method, path.replace(/^\/v1/, ''), given, body);
    const code = status >= 400 ? String(Problem.safeParse(text).data?.code) : undefined;
    return { request, status, code, fault: faultOf(request, status, text) };
  } catch (error) {
    return { request, status: 0, code: undefined, fault: (error as Error).message };
  }
}

/** A problem document of any code. */
const Problem = jsonOf(
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.literal(Object.keys(problems)),
    detail: z.string(),
    instance: z.string(),
  }),
);

/** What is wrong with an answer, beside what `exchange` has found by the document. */
function faultOf({ operation, headers, body, path }: FuzzRequest, status: number, text: string): string | undefined {
  if (status >= 500) return `${status} ${text}`;
  const problem = Problem.safeParse(text);
  const target = operationAt(operation.method, new URL(path, world().url).pathname);
  // The change made it the path of another route, or of none: then it is a problem of any kind that this may have.
  if (target === undefined)
    return [400, 401, 403, 404, 405].includes(status) && problem.success
      ? undefined
      : `no route, but ${status} ${text}`;
  const mediaType = headers['content-type'] ?? '';
  const isDocumented = body !== undefined && target.requestBody?.content[mediaType] !== undefined;
  if (status >= 300 || !isDocumented) return undefined;
  const refused = bodyFaults(target, mediaType, parse(body));
  return refused.length > 0 ? `done, although the document refuses the body: ${refused.join('; ')}` : undefined;
}

async function sendAll(requests: readonly FuzzRequest[]): Promise<Sent[]> {
  const sent: Sent[] = [];
  const queue = requests.values();
  const worker = async (): Promise<void> => {
    for (const request of queue) sent.push(await send(request));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return sent;
}

/** Chance alone may have kept an operation from succeeding, such as a version that was passed: so many requests more. */
const moreTries = 30;

const isDone = ({ status }: Sent): boolean => status >= 200 && status < 300;

/** Sends requests until one is done. */
async function untilDone(requests: readonly FuzzRequest[]): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (const request of requests) {
    const one = await send(request);
    sent.push(one);
    if (isDone(one)) break;
  }
  return sent;
}

const shown = ({ request, status, fault }: Sent): string => {
  const { operation, path, headers, body = '', as, change = 'valid' } = request;
  const what = `${operation.operationId} (${change}) as ${as}: ${operation.method} ${path.slice(0, 200)}`;
  return `${what} ${JSON.stringify(headers).slice(0, 300)} ${body.slice(0, 500)}\n  → ${status} ${fault?.slice(0, 600)}`;
};

const tally = (values: readonly (string | number)[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};

/** Operations that no fuzzed request can make succeed. */
const neverSucceed: Readonly<Record<string, string>> = {
  addDomain: 'every domain that the deployment has a bus for is there already',
  changeMatrix: 'it takes a decision of two people about the very rows',
  changeDomain: 'the version that is named is one that no domain has',
  activatePolicies: 'it takes a decision of two people, and would put a fuzzed policy over all that follows',
  rollBackPolicies: 'whatever was activated before was rolled back by the test that did',
};

describe('fuzz', () => {
  let cast: Cast;
  beforeAll(async () => {
    expect(await importExample()).toMatchObject({ status: 200 });
    cast = await aCast();
  });

  it('[GWY-4] [GWY-5] 2,000 fuzzed requests give no 5xx and no violation', { timeout: 300_000 }, async () => {
    console.log(`fuzz: FUZZ_SEED=${seed}`);
    const requests = fuzzRequests(count, seed, cast);
    expect(requests).toHaveLength(count);
    const began = Date.now();
    const sent = await sendAll(requests);
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    const valid = sent.filter(({ request }) => request.change === undefined);
    const malformed = valid.filter(({ code }) => code === 'MalformedRequest' || code === 'InvalidFields');
    const done = new Set(sent.filter(isDone).map(({ request }) => request.operation.operationId));
    console.log(`fuzz: ${sent.length} requests in ${seconds} s, by status`, tally(sent.map(({ status }) => status)));
    console.log('fuzz: problems', tally(sent.flatMap(({ code }) => code ?? [])));
    console.log(
      `fuzz: ${valid.length} valid, ${malformed.length} of them refused by a rule beyond the schema`,
      tally(malformed.map(({ request }) => request.operation.operationId)),
    );
    // A suite in which every request is turned away at the door would have shown nothing.
    const undone: Record<string, unknown> = {};
    for (const operation of operations.filter(
      ({ operationId: id }) => !done.has(id) && neverSucceed[id] === undefined,
    )) {
      const more = await untilDone(knownRequests(operation, moreTries, seed, cast));
      sent.push(...more);
      if (!more.some(isDone)) undone[operation.operationId] = tally(more.map(({ status, code }) => code ?? status));
    }
    const faults = sent.filter(({ fault }) => fault !== undefined).map(shown);
    expect(faults, `${faults.length} faults; repeat with FUZZ_SEED=${seed}`).toEqual([]);
    expect(undone, 'operations that never succeeded, and what was answered').toEqual({});
    // Few enough that the schemas say nearly all there is to say.
    expect(malformed.length / valid.length).toBeLessThan(0.1);
  });

  it('[AUD-2] after all of them the whole state agrees with the whole ledger', async () => {
    const { compared, found } = await discrepancies();
    expect(compared).toBeGreaterThan(100);
    expect(found).toEqual([]);
  });

  it('[AUD-5] and the tree is that of all entries of the ledger, each once', async () => {
    // The stream may still be bringing the last of them.
    const entries = await everyEntry();
    const isSealed = async () => (await treeFaults(world().state, entries)).length === 0 || undefined;
    await eventually('the last entry is sealed', isSealed).catch(() => undefined);
    expect(await treeFaults(world().state, entries)).toEqual([]);
  });
});
