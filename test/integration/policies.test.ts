import { beforeAll, describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../functions/policies/contract.ts';
import { policySetDigest } from '../../functions/policies/digest.ts';
import { keys } from '../../functions/policies/store.ts';
import type { Item, Table } from '../../functions/shared/dynamo.ts';
import { agentOf } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { type Answered, type ApiHandler, ask, authorityOn } from '../support/slices.ts';
import { call, entriesOf, importExample, type Reply, world } from '../support/world.ts';
import { aPolicy, starterPack } from '../unit/policies/fixtures.ts';

const agent = agentOf('product', 2);

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

/** The deployed table, but for some records, which are as given; undefined for one that is not there. */
const besides =
  (records: Readonly<Record<string, Item | undefined>>) =>
  (table: Table): Table => ({
    ...table,
    getMany: async (asked) => {
      const found = await table.getMany(asked);
      return found.map((item, index) => {
        const key = asked[index]?.pk ?? '';
        return key in records ? records[key] : item;
      });
    },
  });

const version = 7;
const active = keys.active().pk;
const stored = keys.version(version).pk;

/** A pointer to a version of these policies, and the version; `over` is laid over either. */
function inForce(policies: PolicyDocument[], over: { pointer?: Item; set?: Item } = {}) {
  const digest = policySetDigest(policies);
  const at = '2026-11-01T09:00:00.000Z';
  const pointer = { ...keys.active(), version: 3, policy_version: version, digest, activated_at: at, ...over.pointer };
  const set = { ...keys.version(version), version, digest, created_at: at, created_by: 'test', policies, ...over.set };
  return { [active]: pointer, [stored]: set };
}

const permitAll = aPolicy('permit-all', 'permit (principal, action, resource);');
const overflowing = aPolicy(
  'overflowing',
  'forbid (principal, action, resource) when { context.estimate.tokens * 9007199254740991 * 9007199254740991 > 1 };',
);

function propose(handler: ApiHandler): Promise<Answered> {
  const body = aProposal('implementation_detail', { estimate: { tokens: 5_000 } });
  return ask(handler, 'POST', '/decisions', { as: agent.id, body });
}

/** Denied, nothing executed, and the entry of the denial says why. */
async function denied(handler: ApiHandler, error: RegExp): Promise<Answered['body']> {
  const { status, body } = await propose(handler);
  expect(status, JSON.stringify(body)).toBe(201);
  expect(body).toMatchObject({ verdict: 'denied', receipt: null, outcome_due_at: null, policies: { effect: 'deny' } });
  const reason = body.reasons.find(({ source }: { source: string }) => source === 'policies');
  expect(reason.detail).toMatch(error);
  const entries = await entriesOf(`decision/${body.id}`);
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({
    id: body.entry_id,
    action_type: 'decision',
    policy_version: body.policies.version,
  });
  expect(entries[0]?.details.outcome).toMatch(error);
  return body;
}

const broken: [string, Record<string, Item | undefined>, RegExp][] = [
  ['nothing is in force', { [active]: undefined }, /no policy version is in force/],
  [
    'the pointer cannot be read',
    { [active]: { ...keys.active(), policy_version: 'one' } },
    /no policy version is in force/,
  ],
  ['the version is not there', { ...inForce([permitAll]), [stored]: undefined }, /cannot be read/],
  ['the version cannot be read', inForce([permitAll], { set: { policies: 'all' } }), /cannot be read/],
  ['the digest is of another set', inForce([permitAll], { pointer: { digest: 'ab'.repeat(32) } }), /cannot be read/],
  [
    'the policies are not those of the digest',
    inForce([permitAll], { set: { policies: [permitAll, aPolicy('more', 'permit (principal, action, resource);')] } }),
    /digest was taken of other policies/,
  ],
  ['the set is empty', inForce([]), /holds no policy/],
  ['a policy does not parse', inForce([permitAll, aPolicy('broken', 'permit (principal')]), /broken: /],
  ['a policy errs', inForce([permitAll, overflowing]), /overflowing: .*overflow/],
  [
    'nothing is permitted',
    inForce([aPolicy('other', 'permit (principal == Orchestra::Agent::"x", action, resource);')]),
    /No policy permits/,
  ],
];

describe('policies that cannot be evaluated', () => {
  it.each(broken)('[POL-2] deny and are audited where %s', async (_, records, error) => {
    const { id } = await denied(await authorityOn({ state: besides(records) }), error);
    expect((await call('GET', `/decisions/${id}`, { as: agent.id })).body).toMatchObject({ id, verdict: 'denied' });
  });

  it('[POL-2] deny and are audited where the evaluator throws, at loading or at asking', async () => {
    const fails = (why: string) => () => {
      throw new Error(why);
    };
    const good = { type: 'success' } as const;
    const asked = { prepareSchema: () => good, preparePolicies: () => good, authorize: fails('the engine broke down') };
    const loading = { ...asked, preparePolicies: fails('the engine is out of memory') };
    for (const [engine, error] of [
      [asked, /the engine broke down/],
      [loading, /out of memory/],
    ] as const) {
      expect(await denied(await authorityOn({ engine }), error)).toMatchObject({ policies: { determining: [] } });
    }
  });

  it('[POL-2] deny one decision each: the same function with policies that hold allows the same proposal', async () => {
    const allowed = await propose(await authorityOn({ state: besides(inForce([permitAll])) }));
    expect(allowed.body).toMatchObject({ verdict: 'allowed', policies: { determining: ['permit-all'], version } });
    const deployed = await propose(await authorityOn({}));
    expect(deployed.body.verdict, JSON.stringify(deployed.body.reasons)).toBe('allowed');
  });

  it('[POL-2] are told apart by code: an evaluation that failed, a forbid, no permit', async () => {
    const forbid = aPolicy('forbid-all', 'forbid (principal, action, resource);');
    const codeOf = async (records: Record<string, Item | undefined>, error: RegExp): Promise<string> => {
      const body = await denied(await authorityOn({ state: besides(records) }), error);
      return body.reasons[1].code;
    };
    expect(await codeOf(inForce([permitAll, overflowing]), /overflow/)).toBe('EvaluationFailed');
    expect(await codeOf(inForce([permitAll, forbid]), /Advice of forbid-all/)).toBe('Forbidden');
    expect(
      await codeOf(inForce([aPolicy('no', 'permit (principal, action, resource) when { false };')]), /No policy/),
    ).toBe('NoPermit');
  });
});

describe('the policy set', () => {
  const get = (path: string): Promise<Reply> => call('GET', path, { as: agent.id });
  const validate = (policies: unknown): Promise<Reply> =>
    call('POST', '/policies/validations', { as: agent.id, body: { policies } });

  it('[POL-1] in force is the starter pack, whole, under its digest', async () => {
    const { status, body } = await get('/policies');
    expect(status).toBe(200);
    expect(body.digest).toBe(policySetDigest(starterPack()));
    expect(policySetDigest(body.policies)).toBe(body.digest);
    const kinds = new Set(body.policies.map(({ kind }: PolicyDocument) => kind));
    expect(kinds).toEqual(
      new Set(['access_control', 'quality_standard', 'communication_rule', 'resource_limit', 'baseline']),
    );
    const decided = await call('POST', '/decisions', { as: agent.id, body: aProposal('implementation_detail') });
    expect(decided.body.policies.version).toBe(body.version);
  });

  it('[POL-1] is found by its version, for ever', async () => {
    const [current, first] = [await get('/policies'), await get('/policies/versions/1')];
    expect(first.status).toBe(200);
    expect((await get(`/policies/versions/${current.body.version}`)).body).toEqual(current.body);
    expect(await get('/policies/versions/999')).toMatchObject({ status: 404, body: { code: 'NotFound' } });
    expect(await get('/policies/versions/zero')).toMatchObject({ status: 400 });
    const [item] = await world().state.getMany([keys.version(1)]);
    expect(first.body).toMatchObject({ digest: item?.digest, created_by: 'orchestra_seed' });
  });

  it('[POL-1] [AUD-2] came into force with an entry', async () => {
    const [entry] = await entriesOf('policies/active');
    expect(entry).toMatchObject({
      sequence: 1,
      policy_version: 1,
      retention: 'compliance',
      agent_id: 'orchestra_seed',
    });
  });

  it('[POL-1] is written against a schema that anyone with the scope can read', async () => {
    const { status, text, headers } = await get('/policies/schema');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/plain');
    expect(text).toContain('namespace Orchestra');
  });

  it('[POL-1] is valid where each policy is, and the validation stores nothing', async () => {
    const before = await entriesOf('policies/active');
    const reply = await validate(starterPack());
    expect(reply, reply.text).toMatchObject({ status: 200, body: { valid: true, faults: [] } });
    expect(await entriesOf('policies/active')).toEqual(before);
  });

  const body = 'permit (principal, action, resource)\nwhen ';
  const faulty: [string, PolicyDocument[], { policy_id: string; line: number; column: number }][] = [
    [
      'an attribute that no entity has',
      [aPolicy('typed', `${body}{ principal.salary > 1 };`)],
      { policy_id: 'typed', line: 3, column: 8 },
    ],
    [
      'a comparison of unlike types',
      [aPolicy('unlike', `${body}{ context.now > 1 };`)],
      { policy_id: 'unlike', line: 3, column: 8 },
    ],
    [
      'text that is no policy',
      [aPolicy('cut', 'permit (principal, action,\n  resource')],
      { policy_id: 'cut', line: 3, column: 11 },
    ],
    [
      'a title that is not that of the text',
      [{ ...permitAll, title: 'Another' }],
      { policy_id: 'permit-all', line: 1, column: 19 },
    ],
  ];

  it.each(faulty)('[POL-1] with %s is told the policy, the line and the column', async (_, policies, place) => {
    const { status, body: report } = await validate(policies);
    expect(status).toBe(200);
    expect(report.valid).toBe(false);
    expect(report.faults[0], JSON.stringify(report.faults)).toMatchObject(place);
    expect(report.faults[0].message.length).toBeGreaterThan(10);
  });

  it('[POL-1] is told every fault of every policy at once', async () => {
    const policies = [aPolicy('one', `${body}{ principal.salary > 1 };`), permitAll, aPolicy('two', 'permit (')];
    const { body: report } = await validate([...policies, permitAll]);
    const ids = report.faults.map(({ policy_id }: { policy_id: string }) => policy_id);
    expect(new Set(ids)).toEqual(new Set(['one', 'two', 'permit-all']));
  });
});
