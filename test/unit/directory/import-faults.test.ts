import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OrganizationDocument } from '../../../functions/directory/contract.ts';
import {
  agentRow,
  enterpriseOrchestrator,
  imported,
  later,
  nothing,
  operator,
  organizations,
  planned,
  pointersOf,
  smallOrganization,
} from './organizations.ts';

type Document = OrganizationDocument;

/** Ways to spoil a sound document, each with the pointers of the faults that it makes. */
const spoilers: Record<string, (document: Document) => { body: unknown; pointers: string[] }> = {
  'an agent of no team': (document) => ({
    body: { ...document, agents: [...document.agents, agentRow({ id: 'agt_lost', team: 'nowhere' })] },
    pointers: [`/body/agents/${document.agents.length}/team`],
  }),
  'a team of no domain': (document) => ({
    body: { ...document, teams: [...document.teams, { id: 'lost', name: 'Lost', domain: 'nowhere' }] },
    pointers: [`/body/teams/${document.teams.length}/domain`],
  }),
  'an owner who is not there': (document) => ({
    body: {
      ...document,
      teams: [...document.teams, { id: 'owned', name: 'Owned', domain: document.domains[0]?.id, client_id: 'c' }],
      agents: [...document.agents, agentRow({ id: 'agt_owned', team: 'owned', owner: 'hum_gone' })],
    },
    pointers: [`/body/agents/${document.agents.length}/owner`],
  }),
  'an agent with no client': (document) => ({
    body: {
      ...document,
      teams: [...document.teams, { id: 'unbound', name: 'Unbound', domain: document.domains[0]?.id }],
      agents: [...document.agents, agentRow({ id: 'agt_unbound', team: 'unbound' })],
    },
    pointers: [`/body/agents/${document.agents.length}/client_id`],
  }),
  'an agent in another domain than its team': (document) => ({
    body: {
      ...document,
      teams: [...document.teams, { id: 'torn', name: 'Torn', domain: document.domains[0]?.id, client_id: 'c' }],
      agents: [...document.agents, agentRow({ id: 'agt_torn', team: 'torn', domain: 'elsewhere' })],
    },
    pointers: [`/body/agents/${document.agents.length}/domain`],
  }),
  'an id that two principals have': (document) => ({
    body: { ...document, humans: [...document.humans, { ...document.enterprise_orchestrator, roles: [] }] },
    pointers: [`/body/humans/${document.humans.length}/id`],
  }),
  'a domain without event bus': (document) => ({
    body: {
      ...document,
      domains: [
        ...document.domains,
        { id: 'finance', name: 'F', orchestrator: { id: 'orc_f', name: 'F', client_id: 'c' } },
      ],
    },
    pointers: [`/body/domains/${document.domains.length}/id`],
  }),
  'a field that is not known': (document) => ({
    body: { ...document, humans: document.humans.map((one) => ({ ...one, 'shoe/size': 44 })) },
    pointers: document.humans.map((_, index) => `/body/humans/${index}/shoe~1size`),
  }),
  'a placeholder for a client that nobody filled in': (document) => ({
    body: { ...document, enterprise_orchestrator: { ...document.enterprise_orchestrator, client_id: '${client:x}' } },
    pointers: ['/body/enterprise_orchestrator/client_id'],
  }),
  'no importer': (document) => ({
    body: { ...document, humans: document.humans.filter(({ id }) => id !== 'hum_operator'), agents: [] },
    pointers: ['/body/humans'],
  }),
};

describe('the faults of an organization document', () => {
  it.each(Object.keys(spoilers))('[DIR-2] names %s by its pointer, and plans nothing', (name) => {
    fc.assert(
      fc.property(organizations, (document) => {
        const { body, pointers } = spoilers[name]?.(document) ?? { body: undefined, pointers: [] };
        const result = planned(body);
        expect(result.kind).toBe('faults');
        expect(pointersOf(result)).toEqual(pointers.toSorted());
      }),
    );
  });

  it('[DIR-2] names every fault at once, those of form and those of reference', () => {
    const document = smallOrganization();
    const body = {
      ...document,
      enterprise: { name: '' },
      teams: [...document.teams, { id: 'checkout', name: 'Again', domain: 'nowhere' }, 'no team'],
      agents: [
        ...document.agents,
        { ...agentRow({ id: 'agt_a', team: 'nowhere' }), capacity: 0 },
        agentRow({ id: 'agt_b', team: 'nowhere', owner: 'hum_gone' }),
        agentRow({ id: 'agt_b', team: 'checkout' }),
      ],
    };
    expect(pointersOf(planned(body))).toEqual([
      '/body/agents/2/capacity',
      '/body/agents/2/team',
      '/body/agents/3/owner',
      '/body/agents/3/team',
      '/body/agents/4/id',
      '/body/enterprise/name',
      '/body/teams/2/domain',
      '/body/teams/2/id',
      '/body/teams/3',
    ]);
  });

  it('[DIR-2] does not call a reference dangling that leads to a faulty part', () => {
    const document = smallOrganization();
    const body = { ...document, teams: document.teams.map((team) => ({ ...team, name: 5 })) };
    expect(pointersOf(planned(body))).toEqual(['/body/teams/0/name', '/body/teams/1/name']);
  });

  it('[DIR-2] names a skill that an agent has twice', () => {
    const document = smallOrganization();
    const skill = { name: 'sql', proficiency: 2 };
    const body = { ...document, agents: document.agents.map((one) => ({ ...one, skills: [skill, skill] })) };
    expect(pointersOf(planned(body))).toEqual(['/body/agents/0/skills/1/name', '/body/agents/1/skills/1/name']);
  });

  it('[DIR-2] refuses an id that was retired: it stands for one principal for ever', () => {
    const without = smallOrganization();
    without.agents.pop();
    without.teams.pop();
    const retired = imported(without, imported(smallOrganization()), later);
    expect(pointersOf(planned(smallOrganization(), retired))).toEqual(['/body/agents/1/id', '/body/teams/1/id']);
  });

  it('[DIR-2] refuses another kind for an id', () => {
    const document = smallOrganization();
    document.humans.push({ id: 'agt_checkout_1', name: 'No agent', roles: [], client_id: 'operator' });
    document.agents.shift();
    expect(pointersOf(planned(document, imported(smallOrganization())))).toEqual(['/body/humans/1/id']);
  });

  it('[DIR-2] lets an orchestrator import agents and teams, but no humans and not itself', () => {
    const before = imported(smallOrganization());
    const next = smallOrganization();
    next.agents.push(agentRow({ id: 'agt_checkout_2', team: 'checkout' }));
    expect(planned(next, before, enterpriseOrchestrator).kind).toBe('plan');
    next.humans.push({ id: 'hum_puppet', name: 'Puppet', roles: ['board_member'], client_id: 'orchestration' });
    next.enterprise_orchestrator.client_id = 'other';
    const refused = planned(next, before, enterpriseOrchestrator);
    expect(pointersOf(refused)).toEqual(['/body/enterprise_orchestrator', '/body/humans/1']);
    next.humans = [];
    next.agents = [];
    next.enterprise_orchestrator.client_id = 'orchestration';
    expect(pointersOf(planned(next, before, enterpriseOrchestrator))).toEqual(['/body/humans']);
    expect(pointersOf(planned(next, before, operator))).toEqual(['/body/humans']);
  });

  it('[DIR-2] reports at most a thousand faults, however wrong a document is', () => {
    const result = planned({ ...smallOrganization(), agents: Array.from({ length: 5000 }, () => 1) }, nothing);
    expect(pointersOf(result)).toHaveLength(1000);
  });
});
