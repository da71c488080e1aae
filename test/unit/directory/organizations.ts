import * as fc from 'fast-check';
import { Agent, type OrganizationDocument } from '../../../functions/directory/contract.ts';
import { planImport, type Planned } from '../../../functions/directory/import-plan.ts';
import { readDocument } from '../../../functions/directory/import-rows.ts';
import type { Snapshot, Transition } from '../../../functions/directory/model.ts';
import type { Actor } from '../../../functions/shared/principal.ts';

export const now = new Date('2026-11-22T09:00:00.000Z');
export const later = new Date('2026-11-23T09:00:00.000Z');
const provisioned = ['product', 'platform', 'operations'];

export const operator: Actor = {
  id: 'hum_operator',
  name: 'Operator',
  kind: 'human',
  level: 'board',
  domain: 'enterprise',
  credential: 'operator#operator',
  roles: ['operator'],
  approved_tools: [],
};
export const enterpriseOrchestrator: Actor = {
  ...operator,
  id: 'orc_enterprise',
  kind: 'enterprise_orchestrator',
  level: 'enterprise',
  roles: [],
};

export const nothing: Snapshot = { enterprise: undefined, domains: [], teams: [], principals: [] };

type AgentRow = OrganizationDocument['agents'][number];
export const agentRow = (given: Partial<AgentRow> & Pick<AgentRow, 'id' | 'team'>): AgentRow => ({
  name: `Agent ${given.id}`,
  skills: [{ name: 'typescript', proficiency: 3 }],
  approved_tools: ['github.read_repository'],
  roles: [],
  capacity: 2,
  cost_rate_micro_usd_per_hour: 5_000_000,
  owner: 'Somebody, somebody@example.com',
  ...given,
});

/** A small organization without fault: two domains, a team each, an agent each, and who imports it. */
export const smallOrganization = (): OrganizationDocument => ({
  enterprise: { name: 'Halden' },
  enterprise_orchestrator: { id: 'orc_enterprise', name: 'Enterprise', client_id: 'orchestration' },
  domains: [
    { id: 'product', name: 'Product', orchestrator: { id: 'orc_product', name: 'P', client_id: 'orchestration' } },
    { id: 'platform', name: 'Platform', orchestrator: { id: 'orc_platform', name: 'F', client_id: 'orchestration' } },
  ],
  teams: [
    { id: 'checkout', name: 'Checkout', domain: 'product', client_id: 'product-runtime' },
    { id: 'foundation', name: 'Foundation', domain: 'platform' },
  ],
  agents: [
    agentRow({ id: 'agt_checkout_1', team: 'checkout', owner: 'hum_operator' }),
    agentRow({ id: 'agt_foundation_1', team: 'foundation', client_id: 'platform-runtime' }),
  ],
  humans: [{ id: 'hum_operator', name: 'Operator', roles: ['operator'], client_id: 'operator' }],
});

/** What a directory holds after transitions were applied to it. */
export function applied(current: Snapshot, transitions: readonly Transition[]): Snapshot {
  const maps = {
    domain: new Map(current.domains.map((one) => [one.id, one])),
    team: new Map(current.teams.map((one) => [one.id, one])),
    principal: new Map(current.principals.map((one) => [one.id, one])),
  };
  let { enterprise } = current;
  for (const one of transitions) {
    if (one.of === 'enterprise') enterprise = one.after;
    else if (one.of === 'domain') maps.domain.set(one.after.id, one.after);
    else if (one.of === 'team') maps.team.set(one.after.id, one.after);
    else maps.principal.set(one.after.id, one.after);
  }
  const [domains, teams, principals] = [maps.domain, maps.team, maps.principal].map((map) => [...map.values()]);
  return { enterprise, domains, teams, principals } as Snapshot;
}

export const planned = (body: unknown, current: Snapshot = nothing, importer = operator, at = now): Planned =>
  planImport(readDocument(body), current, { provisioned, importer, now: at });

/** The plan of a document that has none but sound parts. */
export function planOf(body: unknown, current: Snapshot = nothing, importer = operator, at = now) {
  const result = planned(body, current, importer, at);
  if (result.kind === 'faults') throw new Error(JSON.stringify(result.faults));
  return result.plan;
}

export const pointersOf = (result: Planned): string[] =>
  result.kind === 'faults' ? result.faults.map(({ pointer }) => pointer).toSorted() : [];

export const imported = (body: unknown, current: Snapshot = nothing, at = now): Snapshot =>
  applied(current, planOf(body, current, operator, at).phases.flat());

const skill = fc.record({
  name: fc.constantFrom('typescript', 'python', 'sql', 'c++', 'node.js'),
  proficiency: fc.integer({ min: 1, max: 5 }),
});
const name = fc.stringMatching(/^[A-Z][a-z]{1,8}( [A-Z][a-z]{1,8})?$/);
const maybeClient = fc
  .option(fc.constantFrom('client-a', 'client-b'), { nil: undefined })
  .map((client_id) => (client_id === undefined ? {} : { client_id }));

const agentFields = fc.record({
  name,
  skills: fc.uniqueArray(skill, { selector: (one) => one.name, maxLength: 5 }),
  approved_tools: fc.uniqueArray(fc.constantFrom('git', 'ci.run', 'sql.query'), { maxLength: 3 }),
  roles: fc.uniqueArray(fc.constantFrom('operator', 'reviewer'), { maxLength: 2 }),
  capacity: fc.integer({ min: 1, max: 9 }),
  cost_rate_micro_usd_per_hour: fc.integer({ min: 0, max: 90_000_000 }),
  owner: fc.constantFrom('hum_operator', 'Somebody else'),
});

const human = (id: string) => ({
  id,
  name: 'Human',
  roles: id === 'hum_operator' ? ['operator'] : [],
  client_id: 'operator',
});

/** Organizations without fault: any number of the provisioned domains, some teams, some agents, some humans. */
export const organizations: fc.Arbitrary<OrganizationDocument> = fc
  .record({
    enterprise: fc.record({ name }),
    domains: fc.subarray(provisioned, { minLength: 1 }),
    teamNames: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 6 }),
    agentNames: fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 15 }),
    humanNames: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
  })
  .chain(({ enterprise, domains, teamNames, agentNames, humanNames }) => {
    const team = (n: number) =>
      fc
        .tuple(name, fc.constantFrom(...domains), maybeClient)
        .map(([given, domain, client]) => ({ id: `team-${n}`, name: given, domain, ...client }));
    const agent = (n: number) =>
      fc
        .tuple(agentFields, fc.constantFrom(0, ...teamNames))
        .map(([fields, t]) => ({ ...fields, id: `agt_${n}`, team: `team-${t}`, client_id: 'client-c' }));
    return fc.record({
      enterprise: fc.constant(enterprise),
      enterprise_orchestrator: fc.constant({ id: 'orc_enterprise', name: 'Enterprise', client_id: 'orchestration' }),
      domains: fc.constant(
        domains.map((id) => ({
          id,
          name: id,
          orchestrator: { id: `orc_${id}`, name: id, client_id: 'orchestration' },
        })),
      ),
      teams: fc.tuple(...teamNames.map(team)),
      agents: fc
        .tuple(...agentNames.map(agent))
        .map((agents) => agents.filter((one) => teamNames.some((t) => one.team === `team-${t}`))),
      humans: fc.constant([human('hum_operator'), ...humanNames.map((n) => human(`hum_${n}`))]),
    });
  });

export const anAgent = (given: Partial<Agent> = {}): Agent =>
  Agent.parse({
    ...agentRow({ id: 'agt_checkout_1', team: 'checkout' }),
    kind: 'agent',
    domain: 'product',
    status: 'active',
    version: 1,
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
    ...given,
  });
