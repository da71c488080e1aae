import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chanceOf } from '../../../bin/demo/chance.ts';
import { demoOrganization, fleetSize } from '../../../bin/demo/crew.ts';
import { planDay } from '../../../bin/demo/plan.ts';

const text = readFileSync(new URL('../../../examples/organization.yaml', import.meta.url), 'utf8');
const planOf = (seed: string) => {
  const { agents } = demoOrganization(text, seed);
  return { agents, plan: planDay(seed, 150_000, agents, 12) };
};
const seeds = fc.nat({ max: 5000 }).map(String);

describe('the plan of a day', () => {
  it('follows from its seed alone', () => {
    expect(planOf('7')).toEqual(planOf('7'));
    expect(planOf('7').plan.tasks).not.toEqual(planOf('8').plan.tasks);
    const chance = chanceOf('7');
    expect([chance.next(), chance.next()]).not.toEqual([chanceOf('8').next(), chanceOf('8').next()]);
  });

  it('has forty agents in three domains, with no id twice', () => {
    const { document, agents } = demoOrganization(text, '1');
    expect(agents).toHaveLength(fleetSize);
    expect(document.agents).toHaveLength(fleetSize);
    expect(new Set(agents.map(({ id }) => id)).size).toBe(fleetSize);
    expect(new Set(agents.map(({ domain }) => domain)).size).toBe(3);
  });

  it('gives each task an id of its own and to a team with somebody who can do it, and leaves time for its end', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { agents, plan } = planOf(seed);
        const { handoffs, needs } = plan.parts;
        const made = needs.flatMap(({ task, provider }) => [task, provider?.task]).filter((one) => one !== undefined);
        const all = [...plan.tasks.map(({ task }) => task), ...handoffs.map(({ task }) => task), ...made];
        expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
        for (const { task, at } of plan.tasks) {
          expect(at).toBeLessThan(plan.length * 0.8);
          const wanted = task.required_skills as { name: string; proficiency: number }[];
          const able = agents.filter(({ team, skills }) => {
            const has = (one: (typeof wanted)[number]): boolean =>
              skills.some(({ name, proficiency }) => name === one.name && proficiency >= one.proficiency);
            return team === task.team && wanted.every(has);
          });
          expect(able.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('kills some for good, some for moments, and makes some hang; none of them has a part in what is to be shown', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { accidents, parts } = planOf(seed).plan;
        const struck = new Set(accidents.map(({ agent }) => agent));
        expect(struck.size).toBe(accidents.length);
        const kinds = new Set(
          accidents.map(({ kind, back }) => `${kind} ${back === undefined ? 'for good' : 'for now'}`),
        );
        expect([...kinds].toSorted()).toEqual(['hangs for now', 'killed for good', 'killed for now']);
        const actors = [
          ...parts.handoffs.flatMap(({ by, to }) => [by, to.recipient]),
          ...parts.needs.map(({ by }) => by),
          ...parts.reservations.map(({ by }) => by),
        ];
        expect(actors.filter((id) => struck.has(id))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('has handoffs that end in each way, and one within a domain', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { agents, plan } = planOf(seed);
        const domainOf = (id: string): string => agents.find((one) => one.id === id)?.domain ?? '';
        const { handoffs } = plan.parts;
        expect(new Set(handoffs.map(({ manner }) => manner))).toEqual(new Set(['whole', 'silent', 'refused']));
        expect(handoffs.some(({ by, to }) => domainOf(by) === domainOf(to.recipient))).toBe(true);
        expect(handoffs.some(({ by, to }) => domainOf(by) !== domainOf(to.recipient))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
