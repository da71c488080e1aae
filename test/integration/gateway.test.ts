import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { mint } from '../support/issuers.ts';
import { agentOf, enterpriseOrchestrator, humanWith } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import {
  call,
  clientIdOf,
  entriesOf,
  entriesOn,
  eventually,
  importExample,
  type Reply,
  tokenFor,
  tokenOf,
  world,
} from '../support/world.ts';

const agent = agentOf('product');
const auditor = humanWith('auditor');
const propose = (more: Parameters<typeof call>[2]): Promise<Reply> =>
  call('POST', '/decisions', { as: agent.id, body: aProposal('implementation_detail'), ...more });

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

const trusted = () => world().deployment.trustedIssuer;
const goodClaims = () => ({
  client_id: clientIdOf('product-runtime'),
  scope: 'orchestra/decisions:write orchestra/decisions:read',
});
const unsigned = (claims: Record<string, unknown>): string =>
  `${[{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;

const hour = 3600;
const badTokens: [string, string, () => Promise<string> | string][] = [
  ['expired', 'TokenExpired', () => mint(trusted(), goodClaims(), -hour)],
  [
    'of an issuer that is not trusted',
    'TokenIssuerRefused',
    () => mint(world().deployment.strangeIssuer, goodClaims()),
  ],
  ['for another audience', 'TokenAudienceRefused', () => mint(trusted(), { ...goodClaims(), aud: 'elsewhere' })],
  [
    'signed by a key that the issuer does not have',
    'TokenSignatureInvalid',
    () => mint({ issuer: trusted().issuer, key: world().deployment.strangeIssuer.key }, goodClaims()),
  ],
  [
    'with alg none',
    'TokenAlgorithmRefused',
    () => unsigned({ iss: trusted().issuer, aud: 'orchestra', exp: Date.now() / 1000 + hour, ...goodClaims() }),
  ],
  ['that is no token', 'TokenMalformed', () => 'rubbish'],
  [
    'not valid yet',
    'TokenNotYetValid',
    () => mint(trusted(), { ...goodClaims(), nbf: Math.floor(Date.now() / 1000) + hour }),
  ],
];

/** The refusal entry of a request, found by its trace. */
const refusalOf = (traceId: string, domain: string) =>
  eventually(`the refusal ${traceId}`, async () =>
    (await entriesOn(domain)).find((entry) => entry.trace_id === traceId),
  );

const aTrace = (): { id: string; header: string } => {
  const id = randomUUID().replaceAll('-', '');
  return { id, header: `00-${id}-00f067aa0ba902b7-01` };
};

describe('who is asking', () => {
  it('[GWY-1] a token by client credentials is let in', async () => {
    expect(await propose({})).toMatchObject({ status: 201 });
  });

  it('[GWY-1] a token of another trusted OIDC issuer is let in', async () => {
    const token = await mint(trusted(), goodClaims());
    expect(await propose({ token })).toMatchObject({ status: 201, body: { proposed_by: agent.id } });
  });

  it.each(badTokens)('[GWY-2] a token %s is refused as %s, and the refusal is audited', async (_, code, make) => {
    const trace = aTrace();
    const reply = await propose({ token: await make(), headers: { traceparent: trace.header } });
    expect(reply).toMatchObject({ status: 401, body: { code, type: `urn:orchestra:problem:${code}`, status: 401 } });
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    const entry = await refusalOf(trace.id, 'enterprise');
    expect(entry).toMatchObject({ agent_id: 'anonymous', details: { outcome: code } });
  });

  it('[GWY-2] a request without a token is refused by the gateway itself', async () => {
    const reply = await call('GET', '/matrix');
    expect(reply).toMatchObject({ status: 401, body: { code: 'CredentialsMissing' } });
  });

  const notLetIn: [string, string, Parameters<typeof call>[2], string][] = [
    ['a principal that nobody knows', 'PrincipalUnknown', { as: 'agt_nobody' }, 'enterprise'],
    ['a principal of another client', 'PrincipalNotBound', { as: agentOf('platform').id }, 'platform'],
    ['a principal id that is none', 'PrincipalMissing', { as: '!!' }, 'enterprise'],
  ];
  it.each(notLetIn)('[GWY-2] %s is refused as %s, and the refusal is audited', async (_, code, options, domain) => {
    const trace = aTrace();
    const token = await tokenOf('product-runtime');
    const reply = await propose({ ...options, token, headers: { traceparent: trace.header } });
    expect(reply).toMatchObject({ status: 403, body: { code } });
    expect((await refusalOf(trace.id, domain)).details.outcome).toBe(code);
  });

  it("[GWY-2] a person acts with a token of their own sign-in, and with nobody else's", async () => {
    const [own, other] = [humanWith('board_member'), humanWith('auditor')];
    expect(await call('GET', '/matrix', { as: own, token: await tokenFor(own) })).toMatchObject({ status: 200 });
    const trace = aTrace();
    const reply = await call('GET', '/matrix', {
      as: own,
      token: await tokenFor(other),
      headers: { traceparent: trace.header },
    });
    expect(reply).toMatchObject({ status: 403, body: { code: 'PrincipalNotBound' } });
    expect(await refusalOf(trace.id, 'enterprise')).toMatchObject({ agent_id: 'anonymous' });
  });

  it('[GWY-2] a token without the scope of the route is refused, and the refusal is audited', async () => {
    const trace = aTrace();
    const token = await mint(trusted(), { ...goodClaims(), scope: 'orchestra/decisions:read' });
    const reply = await propose({ token, headers: { traceparent: trace.header } });
    expect(reply).toMatchObject({ status: 403, body: { code: 'ScopeMissing' } });
    expect((await refusalOf(trace.id, 'product')).details.outcome).toBe('ScopeMissing');
  });

  it('[GWY-1] a kind of principal that a route does not invite is refused', async () => {
    const token = await mint(trusted(), { ...goodClaims(), scope: 'orchestra/directory:write' });
    const reply = await call('POST', '/teams', {
      as: agent.id,
      token,
      body: { id: 'sneaky', name: 'Sneaky', domain: 'product', client_id: 'x' },
    });
    expect(reply).toMatchObject({ status: 403, body: { code: 'PrincipalKindRefused' } });
  });
});

describe('containment', () => {
  const stops: [string, string][] = [
    ['contained', 'PrincipalContained'],
    ['paused', 'PrincipalPaused'],
    ['retired', 'PrincipalRetired'],
  ];
  it.each(stops)('[GWY-2] refuses an agent that was %s, although its authorization is cached', async (status, code) => {
    const id = `agt_${status}_${Date.now()}`;
    const { id: _, ...like } = agent;
    const made = await call('POST', '/agents', { as: enterpriseOrchestrator, body: { ...like, id } });
    expect(made.status, made.text).toBe(201);
    const asLeaver = (): Promise<Reply> =>
      call('POST', '/decisions', { as: id, body: aProposal('implementation_detail') });
    expect(await asLeaver()).toMatchObject({ status: 201 });
    const stopped = await call('PATCH', `/agents/${id}`, {
      as: enterpriseOrchestrator,
      headers: { 'if-match': made.headers.get('etag') ?? '' },
      body: { status },
    });
    expect(stopped.status, stopped.text).toBe(200);
    const began = Date.now();
    expect(await asLeaver()).toMatchObject({ status: 403, body: { code } });
    expect(Date.now() - began).toBeLessThan(5_000);
    const [, , refused] = await eventually('the refusal', async () => {
      const all = (await entriesOn('product')).filter((entry) => entry.agent_id === id);
      return all.some((entry) => entry.details.outcome === code) ? [0, 0, all] : undefined;
    });
    expect(refused).toHaveLength(2);
  });

  it('[GWY-2] of a team stops every agent of it, and lifting it lets them go on', async () => {
    const id = `team_${Date.now()}`;
    const body = { id, name: 'Contained team', domain: 'product', client_id: clientIdOf('product-runtime') };
    const team = await call('POST', '/teams', { as: enterpriseOrchestrator, body });
    expect(team.status, team.text).toBe(201);
    const { id: _, ...like } = agent;
    const member = `agt_${id}`;
    const made = await call('POST', '/agents', { as: enterpriseOrchestrator, body: { ...like, team: id, id: member } });
    expect(made.status, made.text).toBe(201);
    const asMember = (): Promise<Reply> => call('GET', '/matrix', { as: member });
    const to = async (status: string, etag: string | null): Promise<Reply> =>
      call('PATCH', `/teams/${id}`, {
        as: enterpriseOrchestrator,
        headers: { 'if-match': etag ?? '' },
        body: { status },
      });
    expect(await asMember()).toMatchObject({ status: 200 });
    const contained = await to('contained', team.headers.get('etag'));
    expect(contained.status, contained.text).toBe(200);
    expect(await asMember()).toMatchObject({ status: 403, body: { code: 'PrincipalContained' } });
    expect(await to('active', contained.headers.get('etag'))).toMatchObject({ status: 200 });
    expect(await asMember()).toMatchObject({ status: 200 });
  });
});

describe('manners', () => {
  it('[GWY-4] a repeated POST gets its first answer; the state and the ledger are written once', async () => {
    const headers = { 'idempotency-key': `"${randomUUID()}"` };
    const first = await propose({ headers });
    const second = await propose({ headers });
    expect(second.status).toBe(first.status);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await entriesOf(`decision/${first.body.id}`)).toHaveLength(1);
  });

  it('[GWY-4] the same key with another body is 422, a missing one 400', async () => {
    const headers = { 'idempotency-key': `"${randomUUID()}"` };
    await propose({ headers });
    const other = await propose({ headers, body: aProposal('tactical_approach') });
    expect(other).toMatchObject({ status: 422, body: { code: 'IdempotencyKeyReused' } });
    const none = await propose({ headers: { 'idempotency-key': undefined } });
    expect(none).toMatchObject({ status: 400, body: { code: 'IdempotencyKeyMissing' } });
  });

  it('[GWY-4] 20 concurrent repetitions decide once', async () => {
    const headers = { 'idempotency-key': `"${randomUUID()}"` };
    const replies = await Promise.all(Array.from({ length: 20 }, () => propose({ headers })));
    const decided = new Set(replies.filter(({ status }) => status === 201).map(({ body }) => body.id));
    expect(decided.size).toBe(1);
    for (const { status } of replies) expect([201, 409]).toContain(status);
    expect(await entriesOf(`decision/${[...decided][0]}`)).toHaveLength(1);
  });

  it('[GWY-4] a change needs If-Match, and the version that it names', async () => {
    const path = `/agents/${agent.id}`;
    const current = await call('GET', path, { as: enterpriseOrchestrator });
    const change = (etag: string | undefined): Promise<Reply> =>
      call('PATCH', path, { as: enterpriseOrchestrator, body: { capacity: 7 }, headers: { 'if-match': etag } });
    expect(await change(undefined)).toMatchObject({ status: 428, body: { code: 'PreconditionRequired' } });
    expect(await change('"v999"')).toMatchObject({ status: 412, body: { code: 'PreconditionFailed' } });
    const changed = await change(current.headers.get('etag') ?? '');
    expect(changed).toMatchObject({ status: 200, body: { capacity: 7 } });
    expect(changed.headers.get('etag')).not.toBe(current.headers.get('etag'));
  });

  it('[GWY-4] names the field at fault, and changes nothing', async () => {
    const body = { ...aProposal('implementation_detail'), resource: { type: 'service' }, surprise: 1 };
    const reply = await propose({ body });
    expect(reply).toMatchObject({ status: 422, body: { code: 'InvalidFields' } });
    const pointers = reply.body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers.toSorted()).toEqual(['/body/resource/id', '/body/surprise']);
  });

  it('[GWY-4] carries the rate limit in every answer', async () => {
    const { headers } = await call('GET', '/matrix', { as: agent.id });
    expect(headers.get('ratelimit-policy')).toMatch(/^"principal";q=\d+;w=60$/);
    expect(headers.get('ratelimit')).toMatch(/^"principal";r=\d+;t=\d+$/);
  });

  it('[GWY-4] carries the trace of the caller into the answer, the entry and the event', async () => {
    const trace = aTrace();
    const { body, headers } = await propose({ headers: { traceparent: trace.header } });
    expect(headers.get('traceparent')).toContain(trace.id);
    expect((await entriesOf(`decision/${body.id}`))[0]?.trace_id).toBe(trace.id);
  });

  it('[GWY-4] an altered cursor, or one of another list, is 400', async () => {
    const page = await call('GET', '/agents?limit=2', { as: enterpriseOrchestrator });
    const cursor: string = page.body.next_cursor;
    expect(cursor).toBeDefined();
    expect(await call('GET', `/agents?limit=2&cursor=${cursor}`, { as: enterpriseOrchestrator })).toMatchObject({
      status: 200,
    });
    const last = cursor.at(-1) === 'A' ? 'B' : 'A';
    const altered = [`${cursor.slice(0, -1)}${last}`, `A${cursor.slice(1)}`, cursor.slice(4), 'x.y'];
    for (const one of altered) {
      const reply = await call('GET', `/agents?limit=2&cursor=${one}`, { as: enterpriseOrchestrator });
      expect(reply, one).toMatchObject({ status: 400, body: { code: 'InvalidCursor' } });
    }
    const elsewhere = await call('GET', `/agents?limit=2&domain=product&cursor=${cursor}`, {
      as: enterpriseOrchestrator,
    });
    expect(elsewhere).toMatchObject({ status: 400, body: { code: 'InvalidCursor' } });
  });

  const wrong: [string, string, string, number, string][] = [
    ['an unknown route', 'GET', '/decisions/x/y/z', 404, 'RouteNotFound'],
    ['a method that the route lacks', 'DELETE', '/matrix', 405, 'MethodNotAllowed'],
    ['a route of no slice', 'GET', '/nothing', 404, 'RouteNotFound'],
  ];
  it.each(wrong)('[GWY-4] %s is a problem document', async (_, method, path, status, code) => {
    const reply = await call(method, path, { as: auditor });
    expect(reply).toMatchObject({ status, body: { code } });
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
  });

  it('[GWY-4] a body of another type or that does not parse is refused as such', async () => {
    const type = await propose({ headers: { 'content-type': 'text/csv' } });
    expect(type).toMatchObject({ status: 415, body: { code: 'UnsupportedMediaType' } });
    const broken = await propose({ body: '{"type":' });
    expect(broken).toMatchObject({ status: 400, body: { code: 'MalformedRequest' } });
    const huge = await propose({ body: JSON.stringify({ ...aProposal('x'), pad: 'x'.repeat(300_000) }) });
    expect(huge).toMatchObject({ status: 413, body: { code: 'PayloadTooLarge' } });
  });
});

describe('documents', () => {
  it('[GWY-5] the OpenAPI document is served to anyone, cacheable', async () => {
    const reply = await fetch(`${world().url}/v1/openapi.json`);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('cache-control')).toContain('max-age');
    const document = (await reply.json()) as { openapi: string; paths: Record<string, unknown> };
    expect(document.openapi).toMatch(/^3\.1/);
    expect(Object.keys(document.paths)).toContain('/v1/decisions');
  });

  it('[GWY-1] lets caches keep what is public and nothing else', async () => {
    const jwks = await fetch(`${world().url}/v1/jwks.json`);
    expect(jwks.headers.get('cache-control')).toContain('public');
    const matrix = await call('GET', '/matrix', { as: agent.id });
    expect(matrix.headers.get('cache-control')).toBe('no-store');
  });
});
