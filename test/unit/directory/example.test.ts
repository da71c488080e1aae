import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { outcomeOf } from '../../../functions/directory/import-plan.ts';
import { rootPrincipal } from '../../../functions/directory/root.ts';
import { parsed } from '../../../functions/directory/store.ts';
import { nothing, now, planned, planOf, pointersOf } from './organizations.ts';

const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'examples', 'organization.yaml'), 'utf8');
const placeholder = /\$\{client:([a-z-]+)\}/g;
const person = /\$\{subject:(\w+)\}/g;
const filled: unknown = parse(text.replaceAll(placeholder, 'client-of-$1').replaceAll(person, 'sub-of-$1'));

describe('the example organization', () => {
  it('[DIR-1] is one enterprise with its domains, their orchestrators, teams, agents and people', () => {
    const counts = Object.entries(Object.groupBy(outcomeOf(planOf(filled)).created, ({ kind }) => kind));
    expect(Object.fromEntries(counts.map(([kind, all]) => [kind, all?.length]))).toEqual({
      enterprise: 1,
      domain: 3,
      team: 10,
      enterprise_orchestrator: 1,
      domain_orchestrator: 3,
      human: 5,
      agent: 34,
    });
  });

  it('[DIR-2] names only runtimes that a deployment has, and is refused while a client is a placeholder', () => {
    const runtimes = new Set([...text.matchAll(placeholder)].map(([, name]) => String(name)));
    runtimes.delete('<runtime>');
    expect([...runtimes].toSorted()).toEqual([
      'operations-runtime',
      'operator',
      'orchestration',
      'people',
      'platform-runtime',
      'product-runtime',
    ]);
    expect(pointersOf(planned(parse(text)))).toEqual(
      expect.arrayContaining(['/body/teams/0/client_id', '/body/humans/1/subject']),
    );
  });

  it('[DIR-2] takes over the human whom the deployment brought', () => {
    const { change } = rootPrincipal('client-of-operator', now);
    const [enterprise, operator] = change.writes.map((one) => ('item' in one ? one.item : {}));
    const seeded = {
      ...nothing,
      enterprise: parsed.enterprise(enterprise ?? {}),
      principals: [parsed.principal(operator ?? {})],
    };
    expect(outcomeOf(planOf(filled, seeded)).changed).toEqual([
      { kind: 'enterprise', id: 'enterprise' },
      { kind: 'human', id: 'hum_operator' },
    ]);
  });
});
