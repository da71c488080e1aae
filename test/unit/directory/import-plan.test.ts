import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../functions/directory/import-plan.ts';
import type { Snapshot } from '../../../functions/directory/model.ts';
import type { Status } from '../../../functions/shared/principal.ts';
import {
  agentRow,
  applied,
  imported,
  later,
  nothing,
  operator,
  organizations,
  planned,
  planOf,
  smallOrganization,
} from './organizations.ts';

const statuses = fc.constantFrom<Status>('active', 'paused', 'contained');

/** Retired ids do not come back, so the second document of a pair names what the first one lacks anew. */
const pairs = fc.tuple(organizations, organizations);

const withStatus = (current: Snapshot, id: string, status: Status): Snapshot => ({
  ...current,
  principals: current.principals.map((one) => (one.id === id ? { ...one, status } : one)),
});

const byId = ({ enterprise, domains, teams, principals }: Snapshot) => ({
  enterprise,
  records: new Map([...domains, ...teams, ...principals].map((one) => [`${'kind' in one} ${one.id}`, one])),
});

describe('the plan of an import', () => {
  it('[DIR-2] creates everything of a first document, and lists it', () => {
    const outcome = outcomeOf(planOf(smallOrganization()));
    expect(outcome).toMatchObject({ changed: [], retired: [], unchanged_count: 0 });
    expect(outcome.created).toEqual([
      { kind: 'enterprise', id: 'enterprise' },
      { kind: 'domain', id: 'product' },
      { kind: 'domain', id: 'platform' },
      { kind: 'team', id: 'checkout' },
      { kind: 'team', id: 'foundation' },
      { kind: 'enterprise_orchestrator', id: 'orc_enterprise' },
      { kind: 'domain_orchestrator', id: 'orc_product' },
      { kind: 'domain_orchestrator', id: 'orc_platform' },
      { kind: 'human', id: 'hum_operator' },
      { kind: 'agent', id: 'agt_checkout_1' },
      { kind: 'agent', id: 'agt_foundation_1' },
    ]);
  });

  it('[DIR-1] takes the domain of an agent from its team, and starts it active', () => {
    const { principals } = imported(smallOrganization());
    expect(principals.find(({ id }) => id === 'agt_foundation_1')).toMatchObject({
      kind: 'agent',
      domain: 'platform',
      status: 'active',
      version: 1,
    });
  });

  it('[DIR-2] plans nothing for a document that was applied, whatever the organization', () => {
    fc.assert(
      fc.property(organizations, (document) => {
        const again = planOf(document, imported(document), operator, later);
        expect(again.phases.flat()).toEqual([]);
        expect(again.unchanged).toBeGreaterThan(0);
      }),
    );
  });

  it('[DIR-2] plans nothing after a second document took the place of a first one', () => {
    fc.assert(
      fc.property(pairs, ([first, second]) => {
        const before = imported(first);
        const after = imported(second, before, later);
        expect(planOf(second, after, operator, later).phases.flat()).toEqual([]);
        const open = after.principals.filter(({ status }) => status !== 'retired').map(({ id }) => id);
        const named = [
          second.enterprise_orchestrator,
          ...second.domains.map(({ orchestrator }) => orchestrator),
          ...second.agents,
          ...second.humans,
        ];
        expect(open.toSorted()).toEqual(named.map(({ id }) => id).toSorted());
      }),
    );
  });

  it('[DIR-2] is completed by the same document after it was cut short anywhere', () => {
    fc.assert(
      fc.property(pairs, fc.infiniteStream(fc.boolean()), ([first, second], coins) => {
        const before = imported(first);
        const steps = planOf(second, before, operator, later).phases.flat();
        // Transactions of one phase run at once, so any part of the steps may have been written.
        const halfway = applied(
          before,
          steps.filter(() => coins.next().value),
        );
        const rest = planOf(second, halfway, operator, later).phases.flat();
        expect(byId(applied(halfway, rest))).toEqual(byId(applied(before, steps)));
      }),
    );
  });

  it('[DIR-2] gives every changed record exactly its next version', () => {
    fc.assert(
      fc.property(pairs, ([first, second]) => {
        for (const { before, after } of planOf(second, imported(first), operator, later).phases.flat()) {
          expect(after.version).toBe((before?.version ?? 0) + 1);
        }
      }),
    );
  });

  it('[DIR-2] lifts neither pause nor containment', () => {
    fc.assert(
      fc.property(organizations, fc.nat(), statuses, (document, pick, status) => {
        const before = imported(document);
        const id = before.principals[pick % before.principals.length]?.id ?? '';
        const renamed = { ...document, agents: document.agents.map((one) => ({ ...one, name: 'Renamed' })) };
        const after = imported(renamed, withStatus(before, id, status), later);
        expect(after.principals.find((one) => one.id === id)?.status).toBe(status);
      }),
    );
  });

  it('[DIR-2] retires what the document no longer names, and keeps what it does not say', () => {
    const before = imported(smallOrganization());
    const next = smallOrganization();
    next.teams.pop();
    next.agents.pop();
    next.agents.push(agentRow({ id: 'agt_checkout_2', team: 'checkout' }));
    const outcome = outcomeOf(planOf(next, before, operator, later));
    expect(outcome).toEqual({
      created: [{ kind: 'agent', id: 'agt_checkout_2' }],
      changed: [],
      retired: [
        { kind: 'agent', id: 'agt_foundation_1' },
        { kind: 'team', id: 'foundation' },
      ],
      unchanged_count: 9,
    });
  });

  it('[DIR-2] keeps a domain that the document does not name, without its orchestrator', () => {
    const before = imported(smallOrganization());
    const next = smallOrganization();
    next.domains.pop();
    next.teams.pop();
    next.agents.pop();
    const plan = planOf(next, before, operator, later);
    const after = applied(before, plan.phases.flat());
    expect(after.domains.find(({ id }) => id === 'platform')).toEqual({
      id: 'platform',
      name: 'Platform',
      status: 'active',
      version: 2,
    });
    expect(outcomeOf(plan).retired).toContainEqual({ kind: 'domain_orchestrator', id: 'orc_platform' });
  });

  it('[DIR-2] writes what others refer to first, and retires last', () => {
    fc.assert(
      fc.property(pairs, ([first, second]) => {
        const order = planOf(second, imported(first), operator, later).phases.map((phase) =>
          phase.map(({ of, before, after }) => (before && before.status !== after.status ? 'retirement' : of)),
        );
        expect(order[0]?.every((of) => of === 'enterprise' || of === 'domain')).toBe(true);
        expect(order[1]?.every((of) => of === 'team')).toBe(true);
        expect(order[2]?.every((of) => of === 'principal')).toBe(true);
        expect(order[3]?.every((of) => of === 'retirement' || of === 'domain')).toBe(true);
      }),
    );
  });

  it('[DIR-2] moves a team with its agents to another domain', () => {
    const before = imported(smallOrganization());
    const next = smallOrganization();
    next.teams = next.teams.map((team) => ({ ...team, domain: 'platform' }));
    expect(outcomeOf(planOf(next, before, operator, later)).changed).toEqual([
      { kind: 'team', id: 'checkout' },
      { kind: 'agent', id: 'agt_checkout_1' },
    ]);
  });

  it('[DIR-2] answers a document that is no organization with faults and no plan', () => {
    for (const body of [null, 'text', 7, [], {}, { agents: 'many' }, { domains: [null, 3] }]) {
      expect(planned(body, nothing).kind).toBe('faults');
    }
  });
});
