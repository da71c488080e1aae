import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Write } from '../../../functions/shared/dynamo.ts';
import { anySkill, candidateKeys, IndexEntry, indexWrites } from '../../../functions/workload/candidate-store.ts';
import { AgentLoad, idle, isAvailable, utilisation, withTopic } from '../../../functions/workload/load-model.ts';
import { loadFrom } from '../../../functions/workload/store.ts';
import { aLoad, at, loads } from './fixtures.ts';

type Row = Extract<Write, { item: object }>;
const rowsOf = (all: readonly Write[]): Row[] => all.filter((write) => write.kind === 'put');
const entryOf = (all: readonly Write[]): IndexEntry => {
  const write = all.find(({ key }) => key.sk === 'index');
  if (!write || !('item' in write)) throw new Error('no entry');
  const { gsi1pk: _pk, gsi1sk: _sk, ...entry } = write.item;
  return IndexEntry.parse(entry);
};

describe('the load of an agent', () => {
  it('[WRK-2] is available with room, while it is active and reachable', () => {
    expect(isAvailable(aLoad())).toBe(true);
    expect(isAvailable(aLoad({ queued: 3 }))).toBe(false);
    expect(isAvailable(aLoad({ status: 'paused' }))).toBe(false);
    expect(isAvailable(aLoad({ reachable: false }))).toBe(false);
  });

  it('[WRK-5] is used as far as it works, or as it says if that is more, and never beyond 100 %', () => {
    const percent = fc.option(fc.nat({ max: 100 }));
    fc.assert(
      fc.property(fc.nat({ max: 20 }), fc.nat({ max: 10 }), percent, (working, capacity, reported) => {
        const used = utilisation({ working, capacity, reported });
        expect(used).toBeGreaterThanOrEqual(reported ?? 0);
        expect(used).toBeLessThanOrEqual(100);
        if (capacity > 0 && working >= capacity) expect(used).toBe(100);
        expect(utilisation({ working: working + 1, capacity, reported })).toBeGreaterThanOrEqual(used);
      }),
    );
  });

  it('[WRK-2] begins idle, and remembers the topics of its last ten tasks, newest first', () => {
    const load = idle({ ...aLoad(), id: 'agt_1' });
    expect(AgentLoad.parse(load)).toMatchObject({ working: 0, queued: 0, slots: 3, free: 3, recent: [] });
    const many = Array.from({ length: 12 }, (_, n) => `t${n}`).reduce<string[]>(withTopic, []);
    expect(many).toEqual(['t11', 't10', 't9', 't8', 't7', 't6', 't5', 't4', 't3', 't2']);
    expect(withTopic(many, null)).toEqual(many);
  });
});

describe('the index of candidates', () => {
  it('[WRK-2] has an agent under each of its skills and under none, where it can be given work, and nowhere otherwise', () => {
    fc.assert(
      fc.property(loads, (all) => {
        for (const load of all) {
          const rows = rowsOf(indexWrites(load, undefined, at(0)));
          const skills = [anySkill, ...load.skills.map(({ name }) => name)];
          expect(rows.map(({ key }) => key)).toEqual(skills.map((skill) => candidateKeys.row(load.agent, skill)));
          for (const [n, { item }] of rows.entries()) {
            expect(loadFrom(item)).toEqual(load);
            const { gsi1pk } = candidateKeys.candidates(load.domain, skills[n] ?? '', '');
            expect(item.gsi1pk).toBe(isAvailable(load) ? gsi1pk : undefined);
          }
        }
      }),
    );
  });

  it('[WRK-2] lists the least used first, and of those the ones with most room', () => {
    fc.assert(
      fc.property(loads, (all) => {
        const listed = all.filter(isAvailable).map((load) => ({
          load,
          order: String(rowsOf(indexWrites(load, undefined, at(0)))[0]?.item.gsi1sk),
        }));
        const sorted = listed.toSorted((a, b) => (a.order < b.order ? -1 : 1)).map(({ load }) => load);
        const expected = listed
          .map(({ load }) => load)
          .toSorted((a, b) => utilisation(a) - utilisation(b) || b.free - a.free || (a.agent < b.agent ? -1 : 1));
        expect(sorted).toEqual(expected);
      }),
    );
  });

  it('[WRK-2] forgets a skill that an agent has no more, one version of its entry after the other', () => {
    const before = entryOf(indexWrites(aLoad(), undefined, at(0)));
    expect(before).toMatchObject({ version: 1, skills: [anySkill, 'typescript'] });
    const now = indexWrites(aLoad({ skills: [{ name: 'go', proficiency: 1 }] }), before, at(1));
    expect(now[0]).toMatchObject({ kind: 'replace', version: 1 });
    expect(entryOf(now)).toMatchObject({ version: 2, skills: [anySkill, 'go'] });
    expect(now.filter(({ kind }) => kind === 'remove')).toEqual([
      { kind: 'remove', key: candidateKeys.row('agt_1', 'typescript') },
    ]);
  });

  it('[WRK-5] notes since when an agent has had too much to do, keeps that, and drops it when it is over', () => {
    const busy = aLoad({ working: 3 });
    const first = entryOf(indexWrites(busy, undefined, at(0)));
    expect(first.overloaded_since).toBe(at(0).toISOString());
    const second = indexWrites(busy, { ...first, notices: 4 }, at(60));
    expect(entryOf(second)).toMatchObject({ overloaded_since: at(0).toISOString(), notices: 4, version: 2 });
    expect(second[0]).toMatchObject({ item: candidateKeys.overloaded(at(0).toISOString(), 'agt_1') });
    const calm = indexWrites(aLoad({ working: 2 }), entryOf(second), at(90));
    expect(entryOf(calm)).toMatchObject({ overloaded_since: null, notices: 4 });
    expect(calm[0]).not.toHaveProperty('item.gsi1pk');
    const stopped = indexWrites(aLoad({ working: 3, status: 'paused' }), first, at(90));
    expect(entryOf(stopped).overloaded_since).toBeNull();
    const said = indexWrites(aLoad({ reported: 91 }), undefined, at(0));
    expect(entryOf(said).overloaded_since).toBe(at(0).toISOString());
    expect(entryOf(indexWrites(aLoad({ reported: 90 }), undefined, at(0))).overloaded_since).toBeNull();
  });
});
