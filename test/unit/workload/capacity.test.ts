import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scalingActions } from '../../../functions/workload/capacity-actions-model.ts';
import {
  allWork,
  bottlenecksOf,
  capacityOf,
  type Counted,
  countedNext,
  historyOf,
  type Known,
  noQueue,
  supplyMoves,
} from '../../../functions/workload/capacity-model.ts';
import { type AgentLoad, idle } from '../../../functions/workload/load-model.ts';

const now = new Date('2026-11-25T15:00:00.000Z');
const { days, today } = historyOf(now);
const daily = (minutes: number, from = 0): Known['demand'] =>
  new Map(days.slice(from).map((day) => [day, { created: 1, completed: 1, minutes }]));
const known = (skill: string, given: Partial<Known>): Known => ({
  skill,
  demand: new Map(),
  supply: { agents: 0, capacity: 0 },
  queue: noQueue,
  ...given,
});
const report = (...all: Known[]) => all.map((one) => capacityOf(one, now));

describe('capacity', () => {
  it('[WRK-6] has 56 whole days of history, the last of them yesterday, and a forecast from today on', () => {
    expect(days).toHaveLength(56);
    expect([days[0], days.at(-1), today]).toEqual(['2026-09-30', '2026-11-24', '2026-11-25']);
    const [one] = report(known('go', { demand: daily(600) }));
    expect(one?.history).toHaveLength(56);
    expect(one?.forecast.days.map(({ day }) => day)).toEqual([
      '2026-11-25',
      '2026-11-26',
      '2026-11-27',
      '2026-11-28',
      '2026-11-29',
      '2026-11-30',
      '2026-12-01',
    ]);
    expect(one?.forecast.days.every(({ minutes }) => minutes === 600)).toBe(true);
    expect(one?.forecast.error?.held_out).toEqual({ mape: 0, wmape: 0 });
  });

  it('[WRK-6] takes no day before the first work for one without demand', () => {
    const [young] = report(known('go', { demand: daily(600, 50) }));
    expect(young?.forecast).toMatchObject({ method: 'mean', error: null });
    expect(young?.needed_minutes).toBe(600);
  });

  it('[WRK-6] compares what is needed, the queue included, with what is available', () => {
    const queue = { tasks: 3, minutes: 700, oldest_wait_minutes: 5 };
    const [one] = report(known('go', { demand: daily(620), supply: { agents: 1, capacity: 2 }, queue }));
    expect(one).toMatchObject({
      needed_minutes: 720,
      utilisation: 0.25,
      bottleneck: false,
      supply: { available_minutes: 2880 },
    });
  });

  it.each([
    [1296, false],
    [1297, true],
  ])('[WRK-6] calls %i minutes a day for one place a bottleneck: %s', (minutes, is) => {
    const [one] = report(known('go', { demand: daily(minutes), supply: { agents: 1, capacity: 1 } }));
    expect(one?.bottleneck).toBe(is);
    expect(one && scalingActions([one]).length).toBe(is ? 1 : 0);
  });
});

describe('a scaling action', () => {
  it('[WRK-6] trains agents of the domain where they have places to spare, and adds some where they do not', () => {
    const scarce = known('rust', { demand: daily(2000), supply: { agents: 1, capacity: 1 } });
    const spare = known(allWork, { demand: daily(3000), supply: { agents: 5, capacity: 10 } });
    const tight = known(allWork, { demand: daily(12_000), supply: { agents: 5, capacity: 10 } });
    expect(scalingActions(report(spare, scarce))).toEqual([
      {
        action: 'train',
        skill: 'rust',
        amount: 1,
        unit: 'agents',
        reason:
          '2000 min a day are needed of 1440 that 1 agents with 1 places have (139 %, above 90 %); 1 more places bring it to 75 % or less, and 4 other agents of the domain have 7 places to spare.',
      },
    ]);
    expect(scalingActions(report(tight, scarce)).map(({ action, skill }) => [action, skill])).toEqual([
      ['add_agents', 'rust'],
    ]);
  });

  it('[WRK-6] is proposed for work that nobody can do, before all others', () => {
    const none = known('cobol', { demand: daily(60) });
    const full = known('go', { demand: daily(1400), supply: { agents: 1, capacity: 1 } });
    const skills = report(full, none);
    expect(bottlenecksOf(skills)).toEqual(['cobol', 'go']);
    const [first] = scalingActions(skills);
    expect(first).toMatchObject({ action: 'add_agents', skill: 'cobol', amount: 1 });
    expect(first?.reason).toContain('nobody has it');
  });

  it('[WRK-6] moves work that waits long while there is room', () => {
    const queue = { tasks: 4, minutes: 240, oldest_wait_minutes: 300 };
    const [one] = scalingActions(report(known('go', { supply: { agents: 3, capacity: 6 }, queue })));
    expect(one).toMatchObject({ action: 'rebalance', skill: 'go', amount: 4, unit: 'tasks' });
    expect(one?.reason).toContain('300 min');
    const young = { ...queue, oldest_wait_minutes: 239 };
    expect(scalingActions(report(known('go', { supply: { agents: 3, capacity: 6 }, queue: young })))).toEqual([]);
  });

  it('[WRK-6] does with less only when that is known of four weeks, and never with nobody', () => {
    const idleFleet = (from: number) =>
      report(known(allWork, { demand: daily(1000, from), supply: { agents: 10, capacity: 20 } }));
    expect(scalingActions(idleFleet(29))).toEqual([]);
    expect(scalingActions(idleFleet(28))).toMatchObject([{ action: 'reduce', skill: allWork, amount: 9 }]);
    expect(scalingActions(report(known(allWork, { demand: daily(1), supply: { agents: 1, capacity: 9 } })))).toEqual(
      [],
    );
  });

  it('[WRK-6] is there for every skill above 90 %, and has numbers in its reason', () => {
    const skill = fc.record({ minutes: fc.nat({ max: 20_000 }), agents: fc.nat({ max: 8 }), each: fc.nat({ max: 4 }) });
    fc.assert(
      fc.property(fc.array(skill, { minLength: 1, maxLength: 6 }), (all) => {
        const skills = report(
          ...all.map(({ minutes, agents, each }, nth) =>
            known(nth === 0 ? allWork : `skill-${nth}`, {
              demand: daily(minutes, 40),
              supply: { agents, capacity: agents * each },
            }),
          ),
        );
        const actions = scalingActions(skills);
        for (const { skill: name, utilisation } of skills) {
          const found = actions.filter((one) => one.skill === name && /^(add_agents|train)$/.test(one.action));
          expect(found).toHaveLength(utilisation === null || utilisation > 0.9 ? 1 : 0);
        }
        for (const { amount, reason } of actions) {
          expect(amount).toBeGreaterThanOrEqual(1);
          expect(reason).toMatch(/\d+ min/);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('supply', () => {
  const agent = fc.record({
    domain: fc.constantFrom('product', 'platform'),
    skills: fc.uniqueArray(fc.constantFrom('go', 'rust', 'sql'), { maxLength: 3 }),
    capacity: fc.integer({ min: 1, max: 5 }),
    status: fc.constantFrom<AgentLoad['status'][]>('active', 'active', 'paused', 'retired'),
    reachable: fc.boolean(),
  });
  type Given = { domain: string; skills: string[]; capacity: number; status: AgentLoad['status']; reachable: boolean };
  const loadOf = ({ skills, reachable, ...rest }: Given): AgentLoad => ({
    ...idle({ id: 'agt_1', team: 'one', skills: skills.map((name) => ({ name, proficiency: 3 })), ...rest }),
    reachable,
  });

  it('[WRK-6] is the sum of those who can work, whatever they became before, and however often it is counted', () => {
    fc.assert(
      fc.property(fc.array(agent, { minLength: 1 }), (course) => {
        let counted: Counted | undefined;
        const sums = new Map<string, number>();
        for (const given of course) {
          for (let twice = 0; twice < 2; twice += 1) {
            const next = countedNext(counted, loadOf(given));
            if (!next) continue;
            expect(next.version).toBe((counted?.version ?? 0) + 1);
            for (const { domain, skill, by } of supplyMoves(counted, next)) {
              for (const [what, amount] of Object.entries(by)) {
                const key = `${domain} ${skill} ${what}`;
                sums.set(key, (sums.get(key) ?? 0) + amount);
              }
            }
            counted = next;
          }
          const works = given.status === 'active' && given.reachable;
          const expected = works
            ? [allWork, ...given.skills].flatMap((skill) => [
                [`${given.domain} ${skill} agents`, 1],
                [`${given.domain} ${skill} capacity`, given.capacity],
              ])
            : [];
          expect(Object.fromEntries([...sums].filter(([, amount]) => amount !== 0))).toEqual(
            Object.fromEntries(expected),
          );
        }
      }),
    );
  });
});
