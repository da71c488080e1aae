import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostTasks, type Node } from '../../../functions/dependencies/cycle-model.ts';
import { walk } from '../../../functions/dependencies/walk.ts';

type Edges = ReadonlyMap<string, readonly string[]>;

const nodeOf = (id: string, edges: Edges, state: Node['state'] = 'blocked'): Node => ({
  id,
  state,
  blocked_by: (edges.get(id) ?? []).map((task_id) => ({ dependency_id: `dep_${id}_${task_id}`, task_id })),
});

/** A graph that counts how often it is asked. */
function graph(edges: Edges, over: ReadonlySet<string> = new Set()) {
  const asked: (readonly string[])[] = [];
  const tasks = async (ids: readonly string[]): Promise<Node[]> => {
    asked.push(ids);
    return ids.map((id) => nodeOf(id, edges, over.has(id) ? 'done' : 'blocked'));
  };
  return { asked, tasks };
}

/** Whether a task is reached from another, the obvious way. */
function reaches(edges: Edges, from: string, to: string, over: ReadonlySet<string>, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from) || over.has(from)) return false;
  seen.add(from);
  return (edges.get(from) ?? []).some((next) => reaches(edges, next, to, over, seen));
}

const ids = Array.from({ length: 12 }, (_, n) => `T${n}`);
const edgesOf = (pairs: readonly (readonly [string, string])[]): Edges =>
  new Map(ids.map((id) => [id, [...new Set(pairs.filter(([from]) => from === id).map(([, to]) => to))]]));
const graphs = fc
  .array(fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)), { maxLength: 30 })
  .map((pairs) => edgesOf(pairs.filter(([from, to]) => from !== to)));

describe('the walk', () => {
  it('[DEP-2] finds a cycle exactly where there is one, and names one that is there', async () => {
    await fc.assert(
      fc.asyncProperty(
        graphs,
        fc.constantFrom(...ids),
        fc.constantFrom(...ids),
        fc.uniqueArray(fc.constantFrom(...ids), { maxLength: 3 }),
        async (edges, target, first, ended) => {
          const over = new Set(ended.filter((id) => id !== target));
          const { tasks, asked } = graph(edges, over);
          const found = await walk(tasks, target, first);
          expect(found.kind).toBe(reaches(edges, first, target, over) ? 'cycle' : 'clear');
          // No task is read twice, and each level is one request.
          expect(new Set(asked.flat()).size).toBe(asked.flat().length);
          if (found.kind !== 'cycle') return;
          const { path } = found;
          expect([path[0], path[1], path.at(-1)]).toEqual([target, first, target]);
          for (const [index, id] of path.slice(1, -1).entries()) expect(edges.get(id)).toContain(path[index + 2]);
          expect(new Set(path).size).toBe(path.length - 1);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('[DEP-2] reads everything that would have to change for a cycle to come about', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, fc.constantFrom(...ids), fc.constantFrom(...ids), async (edges, target, first) => {
        const found = await walk(graph(edges).tasks, target, first);
        if (found.kind !== 'clear') return;
        const read = new Set(found.read.map(({ id }) => id));
        expect(read).toEqual(new Set(ids.filter((id) => reaches(edges, first, id, new Set()))));
      }),
    );
  });

  it('[DEP-2] of a chain of 20 among 10,000 tasks asks 20 times', async () => {
    const all = Array.from({ length: 10_000 }, (_, n) => `T${n}`);
    // Chains of twenty, one after the other.
    const edges = new Map(all.map((id, n) => [id, n % 20 === 19 ? [] : [`T${n + 1}`]]));
    const { tasks, asked } = graph(edges);
    expect(await walk(tasks, 'T9999', 'T40')).toMatchObject({ kind: 'clear' });
    expect(asked).toHaveLength(20);
    const closing = graph(edges);
    expect(await walk(closing.tasks, 'T59', 'T40')).toMatchObject({ kind: 'cycle' });
    expect(closing.asked.length).toBeLessThanOrEqual(21);
  });

  it(`[DEP-2] covers ${mostTasks} tasks, and says so where there are more`, async () => {
    const wide = (n: number): Edges => new Map([['T0', Array.from({ length: n }, (_, at) => `W${at}`)]]);
    expect(await walk(graph(wide(mostTasks - 1)).tasks, 'A', 'T0')).toMatchObject({ kind: 'clear' });
    expect(await walk(graph(wide(mostTasks)).tasks, 'A', 'T0')).toMatchObject({ kind: 'too_large' });
  });

  it('[DEP-2] takes a task that waits for itself for a cycle', async () => {
    expect(await walk(graph(new Map()).tasks, 'A', 'A')).toEqual({ kind: 'cycle', path: ['A', 'A'] });
  });
});
