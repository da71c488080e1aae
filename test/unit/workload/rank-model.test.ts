import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ranking } from '../../../functions/workload/contract.ts';
import { isAvailable, type AgentLoad } from '../../../functions/workload/load-model.ts';
import { lacking } from '../../../functions/workload/model.ts';
import { exclusion, fitOf, rank } from '../../../functions/workload/rank-model.ts';
import { aLoad, aTask, loads, tasks } from './fixtures.ts';

const shuffled = loads.chain((all) =>
  fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
);

describe('a ranking', () => {
  it('[WRK-2] is the same for the same agents, in whatever order they are given', () => {
    fc.assert(
      fc.property(tasks, shuffled, (task, [all, other]) => {
        expect(rank(task, other)).toEqual(rank(task, all));
      }),
    );
  });

  it('[WRK-2] gives each score as the weighted sum of its parts, and the weights add up to 1', () => {
    fc.assert(
      fc.property(tasks, loads, (task, all) => {
        const { weights, candidates } = Ranking.parse(rank(task, all));
        expect(Object.values(weights).reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 10);
        for (const { score, parts } of candidates) {
          const sum = Object.entries(parts).reduce(
            (total, [name, part]) => total + part * (weights[name as keyof typeof parts] ?? Number.NaN),
            0,
          );
          // To the four places that are shown.
          expect(Math.abs(score - sum)).toBeLessThanOrEqual(0.000_05 + 1e-9);
        }
      }),
    );
  });

  it('[WRK-2] ranks or excludes every agent once: whoever is ranked is active, in the domain, able and has room', () => {
    fc.assert(
      fc.property(tasks, loads, (task, all) => {
        const { candidates, excluded, considered } = rank(task, all);
        const named = [...candidates, ...excluded].map(({ agent }) => agent);
        expect(named.toSorted()).toEqual(all.map(({ agent }) => agent).toSorted());
        expect(considered).toBe(all.length);
        const byId = new Map(all.map((load) => [load.agent, load]));
        for (const { agent } of candidates) {
          const load = byId.get(agent) as AgentLoad;
          expect(isAvailable(load)).toBe(true);
          expect(load.domain).toBe(task.domain);
          expect(lacking(task, load.skills)).toEqual([]);
        }
        for (const { agent, reason } of excluded) expect(reason).toBe(exclusion(task, byId.get(agent) as AgentLoad));
      }),
    );
  });

  it('[WRK-2] is in order of the scores, and of the ids where they are the same', () => {
    fc.assert(
      fc.property(tasks, loads, (task, all) => {
        const { candidates } = rank(task, all);
        const sorted = candidates.toSorted((a, b) => b.score - a.score || (a.agent < b.agent ? -1 : 1));
        expect(candidates).toEqual(sorted);
      }),
    );
  });

  it('[WRK-2] never places an agent lower for more room or more skill, all else equal', () => {
    const better = fc.constantFrom('room', 'skill', 'both');
    fc.assert(
      fc.property(tasks, loads, fc.nat(), better, (task, all, which, what) => {
        const one = all[which % Math.max(1, all.length)];
        if (!one) return;
        const improved = { ...one };
        if (what !== 'skill') Object.assign(improved, { slots: one.slots + 1, free: one.free + 1 });
        if (what !== 'room') {
          improved.skills = one.skills.map(({ name, proficiency }) => ({
            name,
            proficiency: Math.min(5, proficiency + 1),
          }));
        }
        expect(fitOf(task, improved).score).toBeGreaterThanOrEqual(fitOf(task, one).score);
        const placeIn = (agents: readonly AgentLoad[]): number => {
          const place = rank(task, agents).candidates.findIndex(({ agent }) => agent === one.agent);
          return place === -1 ? Number.POSITIVE_INFINITY : place;
        };
        const after = all.map((load) => (load === one ? improved : load));
        expect(placeIn(after)).toBeLessThanOrEqual(placeIn(all));
      }),
    );
  });

  it('[WRK-2] never has anybody of another domain, however good', () => {
    const stranger = aLoad({
      agent: 'agt_far',
      domain: 'platform',
      skills: [{ name: 'go', proficiency: 5 }],
      done: 99,
    });
    fc.assert(
      fc.property(tasks, loads, (task, all) => {
        const { candidates, excluded } = rank({ ...task, required_skills: [] }, [...all, stranger]);
        expect(candidates.some(({ agent }) => agent === stranger.agent)).toBe(false);
        expect(excluded).toContainEqual({ agent: stranger.agent, reason: 'It is outside of the domain.' });
      }),
    );
  });

  it('[WRK-2] prefers who knows the topic, and weighs quality against speed as the task says', () => {
    const known = aLoad({ agent: 'agt_known', recent: ['checkout-api', 'checkout-api'] });
    const other = aLoad({ agent: 'agt_other', recent: ['billing', 'billing'] });
    const [first] = rank(aTask({ topic: 'checkout-api' }), [other, known]).candidates;
    expect(first?.agent).toBe('agt_known');
    const careful = aLoad({ agent: 'agt_careful', done: 20, estimated_minutes: 1_000, spent_minutes: 3_000 });
    const quick = aLoad({ agent: 'agt_quick', done: 20, revised: 14, estimated_minutes: 3_000, spent_minutes: 1_000 });
    const best = (favour: 'quality' | 'speed') => rank(aTask({ favour }), [careful, quick]).candidates[0]?.agent;
    expect([best('quality'), best('speed')]).toEqual(['agt_careful', 'agt_quick']);
  });
});
